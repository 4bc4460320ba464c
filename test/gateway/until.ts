/** Waits for a condition by asking again and again; fails with a telling text when it does not come true in time. */
const ASK_MS = 20;

export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  failure: () => string,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${failure()}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
}
