/** A server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly id: string | null
  readonly data: string
}

/** Characters of an event that has not ended; what is larger is no live table. */
const maxEvent = 256 * 1024 * 1024

/** Takes text in whatever pieces it comes, gives whole events; comments (the server's heartbeats) give none. */
export class EventParser {
  #rest = ''

  /** @throws RangeError for an event that does not end */
  push(text: string): ServerEvent[] {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > maxEvent) throw new RangeError('An event of the live table is larger than can be kept.')
    return blocks.flatMap(eventIn)
  }
}

function eventIn(block: string): ServerEvent[] {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(': ')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2))
  }
  const data = fields.get('data')
  return data === undefined ? [] : [{ event: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data }]
}
