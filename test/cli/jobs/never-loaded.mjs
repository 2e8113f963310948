console.log(JSON.stringify({ message: 'It is being loaded.' }))
// As one that waits for a service at its top level.
setInterval(() => {}, 1e6)
await new Promise(() => {})

export default {}
