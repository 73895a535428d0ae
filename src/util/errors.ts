/** An error that a user can cause and mend: the command line prints its message without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
