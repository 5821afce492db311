/** What stands in for a good answer. */
export const noAnswers: Record<string, { status?: number; body: string }> = {
  'a wrong key': { status: 401, body: '{"status":401,"code":"unauthenticated","items":[]}' },
  'a bad request': { status: 400, body: '{"status":400,"code":"invalid-request","items":[]}' },
  'an unknown thing': { status: 404, body: '{"status":404,"code":"not-found"}' },
  'a quota that is used up': { status: 429, body: '{"status":429,"code":"rate-limited"}' },
  'an error of the service': { status: 500, body: '{"status":500,"code":"internal"}' },
  'an error of a proxy': { status: 502, body: '<html>Bad Gateway</html>' },
  'a busy HSS': { status: 503, body: '{"status":503,"code":"upstream-throttled","items":[]}' },
  'an empty answer': { body: '' },
  'an answer of blanks': { body: ' \n' },
  null: { body: 'null' },
  'an empty object': { body: '{}' },
  'nulls in its fields': { body: '{"items":null,"image":null,"hosts":null,"parts":{},"catalog":null}' },
  'half an answer': { body: '{"items":[{"name":"x","images":[]}],"image":{"severity":"low"' },
  'a page of a proxy': { body: '<html>Log in</html>' },
};
