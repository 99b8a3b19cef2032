/** A few choices side by side: radio buttons, so that arrows move and one Tab passes. */
interface ChoiceProps<T> {
  /** Of the group, unique on the page. */
  readonly name: string;
  readonly label: string;
  readonly describedBy?: string | undefined;
  readonly isInvalid?: boolean;
  readonly options: readonly { readonly value: T; readonly title: string; readonly tone?: string }[];
  /** Undefined: none of them. */
  readonly value: T | undefined;
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const { name, label, describedBy, isInvalid = false, options, value, onChange } = props;
  return (
    <div
      class={`choice ${isInvalid ? "invalid" : ""}`}
      role="radiogroup"
      aria-label={label}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
    >
      {options.map((option) => (
        <label key={option.value} data-tone={option.tone}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.title}</span>
        </label>
      ))}
    </div>
  );
}
