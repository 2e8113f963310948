import type { ModelArtefact } from '../../../ml/model.ts'
import { isZip, openZip } from '../../../ml/zip.ts'
import type { SeededRandom } from '../../simulation/seeded-random.ts'
import { storedZip } from './stored-zip.ts'

interface ModelFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Numbers that a reader should not believe at once. */
const strangeNumbers = ['0', '-1', '1', '2147483647', '2147483648', '4294967295', '9007199254740993', '1e308', '1e999', '-1e-320', '0.5', 'NaN', 'null', '""', '[]', '{}']

/** The model with something in it changed: bytes, numbers, lengths, whole files; inside of archives too. */
export function mutateModel({ files }: ModelArtefact, random: SeededRandom): ModelArtefact {
  const target = files[random.below(files.length)]
  // What is changed inside of an archive passes its checksums; what is changed outside seldom does.
  if (isZip(target.bytes) && random.below(5) > 0) {
    const inside = unpacked(target.bytes)
    if (inside.length > 0) return replaced(files, target, storedZip(mutateFiles(inside, random)))
  }
  return { files: mutateFiles(files, random, target) }
}

function mutateFiles(files: readonly ModelFile[], random: SeededRandom, chosen?: ModelFile): readonly ModelFile[] {
  if (files.length > 1 && random.below(25) === 0) return files.filter(f => f !== files[random.below(files.length)])
  // Half of the damage goes where the smallest files are: they say what the others are.
  const bySize = [...files].sort((a, b) => a.bytes.length - b.bytes.length)
  const target = chosen ?? (random.below(2) === 0 ? bySize[random.below(Math.min(3, bySize.length))] : files[random.below(files.length)])
  let { bytes } = target
  for (let n = 1 + random.below(3); n > 0; n--) bytes = mutateBytes(bytes, files[random.below(files.length)].bytes, random)
  return replaced(files, target, bytes).files
}

function mutateBytes(from: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  if (from.length === 0) return from
  const bytes = Uint8Array.from(from)
  const at = random.below(bytes.length)
  const length = 1 + random.below(Math.min(64, bytes.length - at))
  switch (random.below(isText(from) ? 10 : 7)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      bytes[at] = random.below(256)
      return bytes
    case 2:
      bytes[at] ^= 1 << random.below(8)
      return bytes
    case 3:
      bytes.fill(random.below(2) * 255, at, at + length)
      return bytes
    case 4: {
      // A length or an offset.
      const word = Buffer.alloc(4)
      word.writeUInt32LE([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, random.below(65536), bytes.length][random.below(7)])
      bytes.set(word.subarray(0, Math.min(4, bytes.length - at)), at)
      return bytes
    }
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
    case 6: {
      const start = random.below(Math.max(1, other.length))
      return Buffer.concat([bytes.subarray(0, at), other.subarray(start, start + length), bytes.subarray(Math.min(bytes.length, at + length))])
    }
    default:
      return withNumber(bytes, at, random)
  }
}

/** The next number of a text, or the next word, in other words. */
function withNumber(bytes: Uint8Array, at: number, random: SeededRandom): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  const found = /-?\d[\d.eE+-]*/.exec(text.slice(at, at + 4096))
  if (found === null) return bytes
  const start = at + found.index
  return Buffer.from(`${text.slice(0, start)}${strangeNumbers[random.below(strangeNumbers.length)]}${text.slice(start + found[0].length)}`, 'latin1')
}

function isText(bytes: Uint8Array): boolean {
  for (let i = 0; i < Math.min(bytes.length, 256); i++) if (bytes[i] < 9 || bytes[i] > 126) return false
  return true
}

function unpacked(bytes: Uint8Array): ModelFile[] {
  return [...openZip(bytes, what => new Error(what)).values()].map(e => ({ path: e.path, bytes: e.read() }))
}

function replaced(files: readonly ModelFile[], target: ModelFile, bytes: Uint8Array): ModelArtefact {
  return { files: files.map(f => (f === target ? { path: f.path, bytes } : f)) }
}
