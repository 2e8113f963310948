import { defineJob } from 'millrace'
import copy from './copy.mjs'

/** The job `copy`, whose next try comes in hours. */
export default defineJob({ ...copy, restart: { initialDelay: '20 hours', maxDelay: '20 hours' } })
