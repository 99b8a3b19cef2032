/** Line icons of 20 by 20, decoration only: what they stand beside says it in words. */
const PATHS = {
  key: "M11.6 8.4a4.2 4.2 0 1 0 0 3.2H18v3M14.5 11.6v2",
  plus: "M10 4v12M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
  more: "M10 4.5h.01M10 10h.01M10 15.5h.01",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  check: "m4 10.5 4 4 8-9",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v4.5M11.5 9v4.5",
  info: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 9v5M10 6.2v.01",
  warning: "M10 3 2.5 16.5h15L10 3ZM10 8v4M10 14.3v.01",
  close: "m5 5 10 10M15 5 5 15",
  left: "m12 5-5 5 5 5",
  right: "m8 5 5 5-5 5",
  leave: "M8 4H4v12h4M8 10h9M14 7l3 3-3 3",
  swap: "M4 7h11l-3-3M16 13H5l3 3",
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M15.7 16a4.2 4.2 0 1 0 0 .01H25v4M20.6 16v3" />
  </svg>
);
