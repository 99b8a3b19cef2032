import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";

export type Tone = "info" | "warning" | "danger" | "success";

const ICONS: Readonly<Record<Tone, IconName>> = {
  info: "info",
  warning: "warning",
  danger: "warning",
  success: "check",
};

interface NoticeProps {
  readonly tone: Tone;
  readonly title?: string;
  readonly children?: ComponentChildren;
}

/** A remark in place. Warnings of what just went wrong are read out at once. */
export const Notice = ({ tone, title, children }: NoticeProps) => (
  <div class={`notice ${tone}`} role={tone === "danger" ? "alert" : undefined}>
    <Icon name={ICONS[tone]} />
    <div>
      {title && <strong>{title}</strong>}
      {children && <div>{children}</div>}
    </div>
  </div>
);
