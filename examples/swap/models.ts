import { fileURLToPath } from 'node:url'
import { ModelRegistry } from 'millrace'

const modelsOfFlights = new URL('../../../examples/flights/models/', import.meta.url)
const name = 'late-arrival'

/**
 * Opens the registry. What is missing of its two models is put there: an XGBoost champion, and a LightGBM challenger that
 * was trained on the same departures. A registry that has its own aliases is left as it is.
 */
export async function openRegistry(directory: string): Promise<ModelRegistry> {
  const registry = await ModelRegistry.open(directory, { pollInterval: '100 milliseconds' })
  const bundled = ['xgb-delay30.json', 'lgb-delay30.txt']
  for (const file of bundled.slice((await registry.versions(name)).length)) {
    await registry.register(name, fileURLToPath(new URL(file, modelsOfFlights)), { metadata: { trainedOn: 'departures of April to June 2013' } })
  }
  const aliases = await registry.aliases(name)
  if (aliases['champion'] === undefined) await registry.setAlias(name, 'champion', 1)
  if (aliases['challenger'] === undefined) await registry.setAlias(name, 'challenger', 2)
  return registry
}

/**
 * The challenger becomes the champion, once in the life of the registry: the alias "previous" says from whom it took over,
 * and that it did. Answers whether it was done now.
 */
export async function promoteChallenger(registry: ModelRegistry): Promise<boolean> {
  const { champion, challenger, previous } = await registry.aliases(name)
  if (previous !== undefined) return false
  await registry.setAlias(name, 'champion', challenger)
  await registry.setAlias(name, 'previous', champion)
  return true
}
