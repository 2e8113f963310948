/** Made from the server's OpenAPI document. */
export type * from '../../../src/admin/api/api-types.ts'
