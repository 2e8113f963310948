/**
 * Checks the FlatBuffers tables of Arrow metadata before the library decodes them. The library trusts counts and
 * offsets: a record batch that claims 2^31 buffers, or a schema whose fields point at one another, would take all
 * memory. After this check decoding takes memory in proportion to the bytes.
 */

/** Numbers of Arrow's MessageHeader union. */
export const schemaHeader = 1
export const dictionaryHeader = 2
export const recordBatchHeader = 3

export interface MessageShape {
  readonly header: number
  readonly bodyLength: number
}

/** Checks an encapsulated message's metadata. */
export function checkMessage(bytes: Uint8Array): MessageShape {
  const root = rootTable(bytes)
  const header = root.uint8(1)
  const table = root.table(2)
  const bodyLength = Number(root.int64(3))
  if (!(bodyLength >= 0 && bodyLength <= 2 ** 31 - 1)) throw new Error(`a message claims a body of ${bodyLength} bytes`)
  checkPairs(root, 4, new Budget(bytes.length))
  if (table === null) throw new Error('a message has no header')
  if (header === schemaHeader) checkSchema(table)
  else if (header === recordBatchHeader) checkRecordBatch(table)
  else if (header === dictionaryHeader) {
    const data = table.table(1)
    if (data === null) throw new Error('a dictionary has no values')
    checkRecordBatch(data)
  }
  return { header, bodyLength }
}

/** Checks the footer of an Arrow file. */
export function checkFooter(bytes: Uint8Array): void {
  const root = rootTable(bytes)
  const schema = root.table(1)
  if (schema === null) throw new Error('the footer has no schema')
  checkSchema(schema)
  root.vector(2, 24)
  root.vector(3, 24)
  checkPairs(root, 4, new Budget(bytes.length))
}

function checkSchema(schema: FlatTable): void {
  if (schema.int16(0) !== 0) throw new Error('the data is big-endian, which is not supported')
  const budget = new Budget(schema.size)
  checkFields(schema, 1, budget, 0)
  checkPairs(schema, 2, budget)
}

function checkFields(table: FlatTable, field: number, budget: Budget, depth: number): void {
  if (depth > 64) throw new Error('columns are nested deeper than 64')
  const count = table.vector(field, 4)
  for (let i = 0; i < count; i++) {
    const inner = table.element(field, i)
    budget.spend(8 + inner.bytes(0))
    checkPairs(inner, 6, budget)
    checkFields(inner, 5, budget, depth + 1)
  }
}

function checkPairs(table: FlatTable, field: number, budget: Budget): void {
  const count = table.vector(field, 4)
  for (let i = 0; i < count; i++) {
    const pair = table.element(field, i)
    budget.spend(8 + pair.bytes(0) + pair.bytes(1))
  }
}

function checkRecordBatch(batch: FlatTable): void {
  batch.vector(1, 16)
  const buffers = batch.vector(2, 16)
  const counts = batch.vector(4, 8)
  let variadic = 0
  for (let i = 0; i < counts; i++) variadic += batch.int64Element(4, i)
  if (!(variadic >= 0 && variadic <= buffers)) throw new Error(`a record batch claims ${variadic} view buffers and has ${buffers} buffers`)
}

/** Everything that is visited takes bytes of its own; what is visited twice runs out of them. */
class Budget {
  #left: number

  constructor(bytes: number) {
    this.#left = 2 * bytes + 64
  }

  spend(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw new Error('the metadata refers to itself')
  }
}

function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return new FlatTable(view, view.getUint32(0, true))
}

/** A table: fields are found by number, absent ones read as 0. Reads outside of the bytes throw a RangeError. */
class FlatTable {
  readonly #view: DataView
  readonly #at: number
  readonly #vtable: number
  readonly #vtableSize: number

  constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
    this.#vtable = at - view.getInt32(at, true)
    this.#vtableSize = view.getUint16(this.#vtable, true)
  }

  get size(): number {
    return this.#view.byteLength
  }

  uint8(field: number): number {
    const at = this.#find(field)
    return at === 0 ? 0 : this.#view.getUint8(at)
  }

  int16(field: number): number {
    const at = this.#find(field)
    return at === 0 ? 0 : this.#view.getInt16(at, true)
  }

  int64(field: number): bigint {
    const at = this.#find(field)
    return at === 0 ? 0n : this.#view.getBigInt64(at, true)
  }

  table(field: number): FlatTable | null {
    const at = this.#find(field)
    return at === 0 ? null : new FlatTable(this.#view, at + this.#view.getUint32(at, true))
  }

  /** Length of a vector whose elements take `elementBytes` each and must all be there. */
  vector(field: number, elementBytes: number): number {
    const start = this.#start(field)
    if (start === 0) return 0
    const count = this.#view.getUint32(start, true)
    if (count * elementBytes > this.#view.byteLength - start - 4) throw new Error(`a list in the metadata claims ${count} elements`)
    return count
  }

  /** Length of a string. */
  bytes(field: number): number {
    return this.vector(field, 1)
  }

  element(field: number, i: number): FlatTable {
    const at = this.#start(field) + 4 + 4 * i
    return new FlatTable(this.#view, at + this.#view.getUint32(at, true))
  }

  int64Element(field: number, i: number): number {
    return Number(this.#view.getBigInt64(this.#start(field) + 4 + 8 * i, true))
  }

  #start(field: number): number {
    const at = this.#find(field)
    return at === 0 ? 0 : at + this.#view.getUint32(at, true)
  }

  #find(field: number): number {
    const slot = 4 + 2 * field
    if (slot + 2 > this.#vtableSize) return 0
    const offset = this.#view.getUint16(this.#vtable + slot, true)
    return offset === 0 ? 0 : this.#at + offset
  }
}
