/** A smooth convex function: answers its value at `at` and writes its gradient. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number

export interface MinimiseOptions {
  readonly maxIter: number
  /** The least relative improvement of the value over the last iterations, as Breeze's FunctionValuesConverged. */
  readonly tol: number
  /** Weight of |x| per position (OWL-QN); undefined where there is none. */
  readonly l1?: Float64Array | undefined
}

export interface Minimum {
  readonly at: Float64Array
  readonly value: number
  readonly iterations: number
}

/** Pairs of steps and changes of the gradient that the curvature is estimated from; Spark keeps ten as well. */
const memory = 10
const sufficientDecrease = 1e-4
const maxHalvings = 50
/** Iterations that the improvement is looked at over. */
const patience = 5

/**
 * L-BFGS with backtracking (Nocedal and Wright, algorithm 7.5); with `l1` the orthant-wise variant OWL-QN (Andrew and Gao,
 * 2007), whose steps do not cross zero, so that coefficients become exactly 0.
 */
export function minimise(objective: Objective, start: Float64Array, { maxIter, tol, l1 }: MinimiseOptions): Minimum {
  const n = start.length
  let x = start.slice()
  let gradient = new Float64Array(n)
  let value = objective(x, gradient) + penalty(x, l1)
  const history = new History(n)
  const values = [value]
  let iterations = 0
  while (iterations < maxIter) {
    const pseudo = l1 === undefined ? gradient : pseudoGradient(x, gradient, l1)
    if (norm(pseudo) <= Math.max(tol * Math.abs(value), 1e-10)) break
    const direction = history.direction(pseudo)
    if (l1 !== undefined) for (let i = 0; i < n; i++) if (direction[i] * pseudo[i] >= 0) direction[i] = 0
    let slope = dotOf(direction, pseudo)
    if (!(slope < 0)) {
      // What was learned of the curvature is of no use here: down the steepest way.
      history.clear()
      for (let i = 0; i < n; i++) direction[i] = -pseudo[i]
      slope = dotOf(direction, pseudo)
    }
    let step = history.isEmpty ? 1 / Math.max(1, norm(pseudo)) : 1
    const next = new Float64Array(n)
    const nextGradient = new Float64Array(n)
    let nextValue = Infinity
    let halvings = 0
    for (; halvings < maxHalvings; halvings++, step /= 2) {
      for (let i = 0; i < n; i++) next[i] = x[i] + step * direction[i]
      if (l1 !== undefined) stayInOrthant(next, x, pseudo, l1)
      nextGradient.fill(0)
      nextValue = objective(next, nextGradient) + penalty(next, l1)
      if (nextValue <= value + sufficientDecrease * (l1 === undefined ? step * slope : differenceDot(next, x, pseudo))) break
    }
    if (halvings === maxHalvings) break
    history.add(x, next, gradient, nextGradient)
    x = next
    gradient = nextGradient
    value = nextValue
    iterations++
    values.push(value)
    const before = values.at(-1 - patience)
    if (before !== undefined && before - value <= tol * Math.max(Math.abs(value), Math.abs(before), 1e-300) * 0.1) break
  }
  return { at: x, value, iterations }
}

class History {
  readonly #steps: Float64Array[] = []
  readonly #changes: Float64Array[] = []
  readonly #scales: number[] = []
  readonly #n: number

  constructor(n: number) {
    this.#n = n
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0
  }

  clear(): void {
    this.#steps.length = 0
    this.#changes.length = 0
    this.#scales.length = 0
  }

  add(x: Float64Array, next: Float64Array, gradient: Float64Array, nextGradient: Float64Array): void {
    const step = next.map((v, i) => v - x[i])
    const change = nextGradient.map((v, i) => v - gradient[i])
    const product = dotOf(step, change)
    // Without positive curvature the estimate would no longer point down.
    if (!(product > 1e-14 * norm(step) * norm(change))) return
    this.#steps.push(step)
    this.#changes.push(change)
    this.#scales.push(product)
    if (this.#steps.length <= memory) return
    this.#steps.shift()
    this.#changes.shift()
    this.#scales.shift()
  }

  /** −H · gradient by the two loops. */
  direction(gradient: Float64Array): Float64Array {
    const q = gradient.map(g => -g)
    const count = this.#steps.length
    const alphas = new Float64Array(count)
    for (let k = count - 1; k >= 0; k--) {
      alphas[k] = dotOf(this.#steps[k], q) / this.#scales[k]
      addScaled(q, this.#changes[k], -alphas[k], this.#n)
    }
    if (count > 0) {
      const last = this.#changes[count - 1]
      const scale = this.#scales[count - 1] / dotOf(last, last)
      for (let i = 0; i < this.#n; i++) q[i] *= scale
    }
    for (let k = 0; k < count; k++) addScaled(q, this.#steps[k], alphas[k] - dotOf(this.#changes[k], q) / this.#scales[k], this.#n)
    return q
  }
}

function addScaled(to: Float64Array, x: Float64Array, factor: number, n: number): void {
  for (let i = 0; i < n; i++) to[i] += factor * x[i]
}

function dotOf(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function differenceDot(next: Float64Array, x: Float64Array, g: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (next[i] - x[i]) * g[i]
  return sum
}

const norm = (x: Float64Array): number => Math.sqrt(dotOf(x, x))

function penalty(x: Float64Array, l1: Float64Array | undefined): number {
  if (l1 === undefined) return 0
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += l1[i] * Math.abs(x[i])
  return sum
}

/** The subgradient of least size. */
function pseudoGradient(x: Float64Array, gradient: Float64Array, l1: Float64Array): Float64Array {
  return gradient.map((g, i) => {
    if (x[i] > 0) return g + l1[i]
    if (x[i] < 0) return g - l1[i]
    return g + l1[i] < 0 ? g + l1[i] : g - l1[i] > 0 ? g - l1[i] : 0
  })
}

function stayInOrthant(next: Float64Array, x: Float64Array, pseudo: Float64Array, l1: Float64Array): void {
  for (let i = 0; i < next.length; i++) {
    if (l1[i] === 0) continue
    const sign = x[i] === 0 ? -Math.sign(pseudo[i]) : Math.sign(x[i])
    if (next[i] * sign < 0 || sign === 0) next[i] = 0
  }
}
