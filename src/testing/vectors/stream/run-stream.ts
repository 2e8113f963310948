import type { Session } from '../../../session/session.ts'
import type { Outcome, StreamVector } from '../vector.ts'

export async function runStreamVector(vector: StreamVector, executors: number, session: Session): Promise<Outcome> {
  void vector, void executors, void session
  return { status: 'unsupported', feature: 'stream' }
}
