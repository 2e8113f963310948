export default { kind: 'something' }
