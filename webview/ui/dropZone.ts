/** What an element does while something is dragged over it, and what is dropped there. */

function mark(event: DragEvent, over: boolean): void {
  if (event.currentTarget instanceof Element) event.currentTarget.classList.toggle("over", over);
}

/** Without this the browser refuses the drop. */
export function hover(event: DragEvent): void {
  event.preventDefault();
  if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
  mark(event, true);
}

export function leave(event: DragEvent): void {
  const { currentTarget, relatedTarget } = event;
  const inside =
    currentTarget instanceof Node &&
    relatedTarget instanceof Node &&
    currentTarget.contains(relatedTarget);
  if (!inside) mark(event, false);
}

/** Calls `take` with what was dropped. */
export function onDrop(take: (dropped: DataTransfer) => void): (event: DragEvent) => void {
  return (event) => {
    event.preventDefault();
    mark(event, false);
    if (event.dataTransfer !== null) take(event.dataTransfer);
  };
}
