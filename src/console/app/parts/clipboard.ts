/** Copying, also where the browser does not let a page use its clipboard directly. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** The older way: whatever is selected, at the moment of a copy event that we answer ourselves. */
function copyBySelection(text: string): boolean {
  let isSet = false;
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    isSet = true;
  };
  document.addEventListener("copy", answer, { once: true });
  const isDone = document.execCommand("copy");
  document.removeEventListener("copy", answer);
  return isDone && isSet;
}
