import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";

interface StatePanelProps {
  readonly icon: IconName;
  readonly title: string;
  readonly advice: string;
  readonly isAlert?: boolean;
  /** What can be done about it. */
  readonly children?: ComponentChildren;
}

/** What stands in the place of a table that there is not: why, and what to do. */
export const StatePanel = ({ icon, title, advice, isAlert = false, children }: StatePanelProps) => (
  <div class="state-panel" role={isAlert ? "alert" : "status"}>
    <span class="state-icon">
      <Icon name={icon} />
    </span>
    <h2>{title}</h2>
    <p>{advice}</p>
    {children && <div class="actions">{children}</div>}
  </div>
);
