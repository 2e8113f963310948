/** For the session, which reaches clients through sources. */
export { registryOptions, type RegistryOptions } from '../../../clients/schema-registry/options.ts'
