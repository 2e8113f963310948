import { VectorBuilder } from '../../columnar/builder.ts'
import { getBit } from '../../columnar/bitmap.ts'
import type { BufferColumn } from '../../columnar/buffer-column.ts'
import { type DataType, stringType } from '../../columnar/data-type.ts'
import { BytesReader } from '../../columnar/vector.ts'
import type { AggregateEntry, AggregateSignature } from '../aggregate-table.ts'
import { invalidArgument, presentRows } from './define.ts'

/**
 * Text joined by a delimiter, in the order of rows. State: one `bytes` slot with the text so far, null while there is
 * none.
 */
function joinSignature(args: readonly DataType[], delimiter: Uint8Array): AggregateSignature {
  const add = (texts: BufferColumn, slot: number, bytes: Uint8Array, start: number, end: number): void => {
    if (texts.arenas[slot] !== null) texts.appendBytes(slot, delimiter, 0, delimiter.length)
    texts.appendBytes(slot, bytes, start, end)
  }
  return {
    args,
    result: stringType,
    nullable: true,
    buffers: ['bytes'],
    update([texts], slots, vectors, length, include) {
      const rows = presentRows([vectors[0]], include, length)
      if (vectors[0].type.kind === 'null') return
      const r = new BytesReader(vectors[0])
      for (let i = 0; i < length; i++) {
        const slot = slots[i]
        if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
        add(texts, slot, r.bytes, r.start(i), r.end(i))
      }
    },
    merge([texts], slots, [from], fromSlots, length) {
      for (let i = 0; i < length; i++) {
        const arena = from.arenas[fromSlots[i]]
        if (arena !== null) add(texts, slots[i], arena, 0, from.byteLengths[fromSlots[i]])
      }
    },
    finish([texts], slots, length) {
      const out = new VectorBuilder(stringType, Math.max(8, length))
      for (let i = 0; i < length; i++) {
        const arena = texts.arenas[slots[i]]
        if (arena === null) out.appendNull()
        else out.appendBytes(arena, 0, texts.byteLengths[slots[i]])
      }
      return out.finish()
    },
  }
}

export const listaggAggregates: readonly AggregateEntry[] = [
  {
    name: 'listagg',
    aliases: ['string_agg'],
    arity: [1, 2],
    usage: 'listagg(text: string[, delimiter: string]) -> string',
    doc: 'The texts that are not null joined in the order of the input; null where there is none.',
    ordered: true,
    resolve: args => {
      const delimiter = args.length < 2 ? '' : args[1].literal
      if (typeof delimiter !== 'string') throw invalidArgument('listagg', 'delimiter', delimiter, 'a constant string')
      return joinSignature(args.map(() => stringType), new TextEncoder().encode(delimiter))
    },
  },
]
