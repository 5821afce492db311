/**
 * Text that nearly every document holds. zlib uses this text as a dictionary, with the most common text last. Never
 * change the text: bytes that were deflated with another text cannot be read.
 */
export const commonText = [
  '{"rows":[{"name":"libcrypto.so.1.1","path":"/usr/lib/x86_64-linux-gnu/","sizeBytes":1},{"name":"',
  '"osName":"Debian","osVersion":"12","layerDigest":"sha256:"of":{"imageId":"baseOs":{"rows":[],"readAt":17',
  '"scannedUntil":"202"files":null,{"key":"","serial":1,"appearedAt":17,"entries":[{"rowKey":"registry/',
  'private_image","readAt":17,"variantOf":null,"row":{"imageId":"","digest":"sha256:","type":"shared_image",',
  '"namespace":"","name":"","tag":"latest","sizeBytes":1,"severity":"medium","scan":{"status":"not-scanned",',
  '"scannedAt":null,"failure":null},"findingCounts":{"vulnerabilities":null,"unsafeSettings":null,',
  '"maliciousFiles":null},"entryId":"1","latestVersion":true,"updatedAt":"2026-0","syncedAt":"2026-0',
  '"multiArch":false,"scannable":true,"owner":null,"sharedStatus":null,"registry":{"id":"","name":"","type":"',
  '"},"instance":{"id":null,"name":null,"url":null},"variants":[]}}],"onHosts":[],"rowKey":"local/sha256%3A',
  '/other_image/","readAt":17,"row":{"imageId":"","digest":"sha256:","localType":"swr_image","name":"","tag":"',
  '","sizeBytes":1,"updatedAt":"2026-0","severity":"low","severity":"none","severity":"high","scan":{"status":',
  '"completed","scannedAt":"2026-01-01T00:00:00.000Z","failure":null},"findingCounts":{"vulnerabilities":0,',
  '"unsafeSettings":0,"maliciousFiles":0},"hostCount":1,"containerCount":1,"componentCount":1,"host":{"hostId":"',
  '","name":"","agentId":""},"notScannableReason":null}},',
].join('');
