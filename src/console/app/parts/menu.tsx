/** A menu behind a button: arrows move, Escape, a click elsewhere and scrolling close. */
import { useId, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly isDangerous?: boolean;
  readonly onChoose: () => void;
}

const GAP = 4;

export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const show = () => {
    if (!button.current || !list.current) return;
    list.current.showPopover();
    place(list.current, button.current);
    entries(list.current)[0]?.focus();
  };
  // It does not move with the page, and would stand beside another row.
  const [hide] = useState(() => () => list.current?.hidePopover());
  const follow = (isOpen: boolean) => {
    button.current?.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) addEventListener("scroll", hide, { once: true });
    else removeEventListener("scroll", hide);
  };
  const choose = (item: MenuItem) => {
    list.current?.hidePopover();
    button.current?.focus();
    item.onChoose();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-haspopup="menu"
        aria-expanded="false"
        aria-controls={id}
        aria-label={label}
        title="Actions"
        onClick={show}
      >
        <Icon name="more" />
      </button>
      <div
        ref={list}
        id={id}
        role="menu"
        popover="auto"
        class="menu"
        aria-label={label}
        tabIndex={-1}
        onKeyDown={(event) => move(event)}
        onToggle={(event) => follow(event.newState === "open")}
      >
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={item.isDangerous ? "dangerous" : ""}
            onClick={() => choose(item)}
          >
            <Icon name={item.icon} />
            {item.label}
          </button>
        ))}
      </div>
    </>
  );
}

const entries = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>("[role=menuitem]")];

/** Below the button, or above where there is no room below. */
function place(list: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const isAbove = at.bottom + GAP + list.offsetHeight > innerHeight;
  list.style.top = `${isAbove ? at.top - GAP - list.offsetHeight : at.bottom + GAP}px`;
  list.style.left = `${Math.max(GAP, at.right - list.offsetWidth)}px`;
}

function move(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const all = entries(list);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const targets: Record<string, number> = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  };
  const target = targets[event.key];
  if (event.key === "Tab") list.hidePopover();
  if (target === undefined) return;
  event.preventDefault();
  all[target]?.focus();
}
