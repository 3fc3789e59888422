/** Right also when the two overlap. The engine calls libc's memmove. */
export function copy(target: usize, source: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}
