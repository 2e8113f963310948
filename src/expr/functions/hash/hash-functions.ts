import { int32Type, int64Type } from '../../../columnar/data-type.ts'
import { Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { signature } from '../define.ts'
import { murmurBytes, murmurInt, murmurLong } from './murmur3.ts'
import { type HashState, rowHash } from './row-hash.ts'
import { XxHash64 } from './xxhash64.ts'

/** Both hashes start here; each argument takes the hash so far as its seed. */
const seed = 42

class Murmur implements HashState {
  value = seed

  int(value: number): void {
    this.value = murmurInt(value, this.value)
  }

  long(low: number, high: number): void {
    this.value = murmurLong(low, high, this.value)
  }

  bytes(bytes: Uint8Array, start: number, end: number): void {
    this.value = murmurBytes(bytes, start, end, this.value)
  }
}

const hashKernel: Kernel = (args, length) => {
  const columns = args.map(rowHash)
  const state = new Murmur()
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    state.value = seed
    for (const column of columns) column(i, state)
    out[i] = state.value
  }
  return new Vector(int32Type, length, null, out)
}

const xxhash64Kernel: Kernel = (args, length) => {
  const columns = args.map(rowHash)
  const state = new XxHash64()
  const out = new BigInt64Array(length)
  const halves = new Int32Array(out.buffer)
  for (let i = 0; i < length; i++) {
    state.set(seed, 0)
    for (const column of columns) column(i, state)
    halves[2 * i] = state.low
    halves[2 * i + 1] = state.high
  }
  return new Vector(int64Type, length, null, out)
}

function hash(name: string, result: typeof int32Type | typeof int64Type, kernel: Kernel, doc: string): FunctionEntry {
  return {
    name,
    arity: [1, Infinity],
    usage: `${name}(value, ...) -> ${result === int32Type ? 'int' : 'bigint'}`,
    doc,
    nulls: 'own',
    safe: true,
    resolve: args => signature(args.map(a => a.type), result, kernel),
  }
}

export const hashFunctions: readonly FunctionEntry[] = [
  hash('hash', int32Type, hashKernel, 'A Murmur3 hash of all arguments with seed 42, the same as in Spark; nulls change nothing.'),
  hash('xxhash64', int64Type, xxhash64Kernel, 'A 64-bit xxHash of all arguments with seed 42, the same as in Spark; nulls change nothing.'),
]
