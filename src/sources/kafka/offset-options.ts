/** An offset (or a time) for each partition by topic. Of offsets, -2 stands for the earliest and -1 for the latest. */
export type OffsetMap = { readonly [topic: string]: { readonly [partition: string]: number } }

/** Partitions by topic. */
export type Assignment = { readonly [topic: string]: readonly number[] }

export const earliestOffset = -2
export const latestOffset = -1

export function isOffsetMap(value: unknown): value is OffsetMap {
  return isObject(value) && Object.keys(value).length > 0 &&
    Object.values(value).every(partitions => isObject(partitions) && Object.entries(partitions).every(([p, offset]) => isPartition(Number(p)) && isOffset(offset)))
}

export function isAssignment(value: unknown): value is Assignment {
  return isObject(value) && Object.keys(value).length > 0 &&
    Object.values(value).every(partitions => Array.isArray(partitions) && partitions.length > 0 && partitions.every(isPartition))
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPartition(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= earliestOffset
}
