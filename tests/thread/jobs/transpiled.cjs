// What a compiler makes of an ES module with a default export.
Object.defineProperty(exports, '__esModule', {value: true});
exports.default = () => 'from CommonJS';
