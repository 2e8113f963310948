import type { QuerySupervisor } from './query-supervisor.ts'

/** The queries of a running job, by name or id. */
export class JobQueries {
  #supervisors: readonly QuerySupervisor[] = []
  readonly #lives = new Map<QuerySupervisor, Promise<void>>()
  #described = false
  #stopped = false

  /** Runs them until none runs any more. */
  async run(supervisors: readonly QuerySupervisor[]): Promise<void> {
    this.#supervisors = supervisors
    this.#described = true
    for (const s of supervisors) this.#launch(s)
    // A query that ended may be started again while others run.
    while (this.#lives.size > 0) await Promise.race(this.#lives.values())
  }

  stopAll(): void {
    this.#stopped = true
    for (const s of this.#lives.keys()) s.stop()
  }

  /** Answers whether there is such a query. */
  stop(nameOrId: string): boolean {
    const found = this.#find(nameOrId)
    found?.stop()
    return found !== undefined
  }

  /** Stops and starts it, or only starts it where it is over. Answers whether there is such a query. */
  restart(nameOrId: string): boolean {
    const found = this.#find(nameOrId)
    if (found === undefined || this.#stopped) return false
    if (this.#lives.has(found)) found.restart()
    else this.#launch(found)
    return true
  }

  /** Why the job is not ready, beside what the queries of the session say of themselves; one sentence each. */
  notReady(): readonly string[] {
    if (!this.#described) return ['The job is being started.']
    return this.#supervisors.flatMap(({ name, standing }) => {
      if (standing.kind === 'starting') return [`Query "${name}" is being started.`]
      if (standing.kind === 'waiting') return [`Query "${name}" failed and is to be started again: ${standing.reason}`]
      return standing.kind === 'down' ? [`Query "${name}" stays down: ${standing.reason}`] : []
    })
  }

  #launch(supervisor: QuerySupervisor): void {
    this.#lives.set(supervisor, supervisor.run().finally(() => this.#lives.delete(supervisor)))
  }

  #find(nameOrId: string): QuerySupervisor | undefined {
    return this.#supervisors.find(s => s.name === nameOrId || s.id === nameOrId)
  }
}
