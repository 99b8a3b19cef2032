import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";
import { PageTitle } from "./page-title.tsx";

export interface StatePanelProps {
  readonly icon: IconName;
  readonly title: string;
  readonly advice: string;
  readonly isAlert?: boolean;
  /** It stands below the page's title. Otherwise it is the page, and its title the page's. */
  readonly isPart?: boolean;
  /** What can be done about it. */
  readonly children?: ComponentChildren;
}

/** What stands in the place of a table that there is not: why, and what to do. */
export function StatePanel({ icon, title, advice, isAlert, isPart, children }: StatePanelProps) {
  return (
    <div class="state-panel" role={isAlert ? "alert" : "status"}>
      <span class="state-icon">
        <Icon name={icon} />
      </span>
      {isPart ? <h2 class="state-title">{title}</h2> : <PageTitle look="state-title">{title}</PageTitle>}
      <p>{advice}</p>
      {children && <div class="actions">{children}</div>}
    </div>
  );
}
