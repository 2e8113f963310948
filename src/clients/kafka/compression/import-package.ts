import { makeError, type MillraceError } from '../../../common/errors.ts'

/** How an optional package is reached; tests put another in its place. */
export type ImportPackage = (name: string) => Promise<unknown>

export const importPackage: ImportPackage = name => import(name)

/**
 * @throws AnalysisError KAFKA_PACKAGE_MISSING with the command that installs it, also when it is there but its binary for
 *   this machine is not
 */
export async function optionalPackage(name: string, version: string, purpose: string, load: ImportPackage): Promise<unknown> {
  try {
    return await load(name)
  } catch (error) {
    throw packageMissing(`${name}@${version}`, purpose, error)
  }
}

function packageMissing(wanted: string, purpose: string, cause: unknown): MillraceError {
  const command = `npm install ${wanted}`
  return makeError('KAFKA_PACKAGE_MISSING', `${purpose} needs an optional package that is not installed. Run: ${command}`, {
    context: { packages: [wanted], command },
    cause,
  })
}
