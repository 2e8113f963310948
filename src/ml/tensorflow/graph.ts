import type { DocumentPart } from '../document.ts'

/** One use of a layer: the outputs of other layers that it is applied to. */
interface Node {
  readonly from: readonly { readonly layer: string; readonly node: number }[]
}

/**
 * Checks that the layers of a functional model can be connected one after the other. TensorFlow.js tries again and again
 * until all are, so a circle, or a link to a use of a layer that never comes, would keep it busy for ever.
 *
 * @throws whatever the part's `fail` builds
 */
export function checkGraph(layers: readonly DocumentPart[]): void {
  const nodes = new Map<string, readonly Node[]>()
  /** How many uses of each layer exist already; an input layer is there from the start. */
  const made = new Map<string, number>()
  for (const layer of layers) {
    const name = layer.get('name').text()
    if (nodes.has(name)) throw layer.wrong(`has the name "${name}" of another layer`)
    if (layer.get('config').find('name')?.value !== name) throw layer.wrong('has two names')
    nodes.set(name, layer.get('inbound_nodes').list().map(readNode))
    made.set(name, layer.get('class_name').text() === 'InputLayer' ? 1 : 0)
  }
  const done = new Map<string, number>()
  for (let progress = true; progress; ) {
    progress = false
    for (const [name, uses] of nodes) {
      let next = done.get(name) ?? 0
      while (next < uses.length && uses[next].from.every(({ layer, node }) => (made.get(layer) ?? 0) > node)) {
        next++
        made.set(name, (made.get(name) ?? 0) + 1)
        progress = true
      }
      done.set(name, next)
    }
  }
  for (const layer of layers) {
    const name = layer.get('name').text()
    if ((nodes.get(name) as readonly Node[]).length !== done.get(name)) throw layer.wrong(`("${name}") cannot be connected: what feeds it is missing or goes in a circle`)
  }
}

/** `[[layer, node, tensor, arguments], …]` in the form of Keras 2. */
function readNode(part: DocumentPart): Node {
  return {
    from: part.list().map(link => {
      const [layer, node] = link.list()
      if (layer === undefined || node === undefined) throw link.wrong('does not name a layer and its use')
      return { layer: layer.text(), node: node.count() }
    }),
  }
}
