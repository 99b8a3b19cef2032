/** A menu behind a button: arrows move; Escape, a click elsewhere and scrolling the button out of view close. */
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
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
  const [isOpen, setOpen] = useState(false);
  const wasOpen = useRef(false);
  const isShown = () => list.current?.matches(":popover-open") ?? false;
  // The press itself closes the menu, as any press beside it does, so that at the click it is too late to ask.
  const onPress = () => {
    wasOpen.current = isShown();
  };
  const show = () => {
    if (!button.current || !list.current) return;
    list.current.showPopover();
    place(list.current, button.current);
    entries(list.current)[0]?.focus();
  };
  const onClick = ({ detail }: MouseEvent) => {
    // Of a click that no press came before, such as by the keyboard, there is nothing to remember.
    const isClosing = detail > 0 ? wasOpen.current : isShown();
    if (!isClosing) return show();
    list.current?.hidePopover();
    button.current?.focus();
  };
  useLayoutEffect(
    () => (isOpen ? whileMoving(() => follow(list.current, button.current)) : undefined),
    [isOpen],
  );
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
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={label}
        title="Actions"
        onPointerDown={onPress}
        onClick={onClick}
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
        onToggle={(event) => setOpen(event.newState === "open")}
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

/** Where the button is now, and not whether there was an event: that of an earlier scrolling may come late. */
function follow(list: HTMLElement | null, button: HTMLElement | null): void {
  if (!list || !button) return;
  const { top, bottom } = button.getBoundingClientRect();
  if (bottom <= 0 || top >= innerHeight) list.hidePopover();
  else place(list, button);
}

/** Calls back now and whenever the page has been scrolled or the window resized. Gives what stops that. */
function whileMoving(act: () => void): () => void {
  act();
  addEventListener("scroll", act);
  addEventListener("resize", act);
  return () => {
    removeEventListener("scroll", act);
    removeEventListener("resize", act);
  };
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
