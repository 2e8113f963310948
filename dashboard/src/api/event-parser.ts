/** A server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string | null
}

/** A snapshot of the server fits; a stream in which no event ever ends is none. */
const maxBuffered = 256 * 1024 * 1024

/** Takes text as it comes, gives whole events. */
export class EventParser {
  #rest = ''

  push(text: string): ServerEvent[] {
    this.#rest += text
    const blocks = this.#rest.split('\n\n')
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > maxBuffered) throw new RangeError('An event is larger than can be shown.')
    return blocks.flatMap(block => {
      let event = 'message'
      let id: string | null = null
      const data: string[] = []
      for (const line of block.split('\n')) {
        const at = line.indexOf(':')
        if (at <= 0) continue
        const value = line.slice(at + (line[at + 1] === ' ' ? 2 : 1))
        const field = line.slice(0, at)
        if (field === 'event') event = value
        else if (field === 'id') id = value
        else if (field === 'data') data.push(value)
      }
      return data.length === 0 ? [] : [{ event, data: data.join('\n'), id }]
    })
  }
}
