declare module 'kafkajs/src/network/connection.js' {
  const Connection: import('./kafkajs.ts').KafkaJsConnectionClass
  export default Connection
}
