declare module 'kafkajs/src/network/connection.js' {
  import type { KafkaJsConnectionClass } from './kafkajs.ts'

  const Connection: KafkaJsConnectionClass
  export default Connection
}
