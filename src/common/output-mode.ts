/** What a batch delivers: final rows only, changed rows, or the whole result. */
export type OutputMode = 'append' | 'update' | 'complete'
export const outputModes: readonly OutputMode[] = Object.freeze(['append', 'update', 'complete'] as const)
