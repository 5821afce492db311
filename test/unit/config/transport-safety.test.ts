import { describe, expect, it } from '@jest/globals';
import { isProxied, proxyConfig } from '../../../src/config/proxy.js';
import { problems, read, realHss } from './read.js';

const { HSS_REGION, HSS_PROJECT_ID } = realHss;
const iam = { HSS_REGION, HSS_PROJECT_ID, IAM_DOMAIN: 'd', IAM_USER: 'u', IAM_PASSWORD: 'p' };
const production = { NODE_ENV: 'production', SINGLE_INSTANCE: 'true' };
const names = (found: readonly string[]) => found.map((problem) => /^\w+/.exec(problem)![0]);

describe('production', () => {
  it.each([
    [{ ...realHss, HSS_ENDPOINT: 'http://emulator:8090' }, ['HSS_ENDPOINT']],
    [{ ...realHss, HSS_ENDPOINT: 'http://10.0.0.1' }, ['HSS_ENDPOINT']],
    [{ ...realHss, HSS_ENDPOINT: 'http://127.0.0.1.example.com' }, ['HSS_ENDPOINT']],
    [{ ...realHss, HSS_ENDPOINT: 'http://127.0.0.1:8090' }, []],
    [{ ...realHss, HSS_ENDPOINT: 'http://localhost:8090' }, []],
    [{ ...realHss, HSS_ENDPOINT: 'http://[::1]:8090' }, []],
    [{ ...realHss, HSS_ENDPOINT: 'https://emulator' }, []],
    [{ ...realHss, IAM_ENDPOINT: 'http://iam' }, []],
    [{ ...iam, IAM_ENDPOINT: 'http://iam' }, ['IAM_ENDPOINT']],
    [{ ...iam, IAM_ENDPOINT: 'http://iam', HSS_ENDPOINT: 'http://hss' }, ['HSS_ENDPOINT', 'IAM_ENDPOINT']],
    [{ ...iam, HSS_ENDPOINT: 'https://emulator' }, ['IAM_ENDPOINT']],
    [{ ...iam, HSS_ENDPOINT: 'https://hss.elsewhere.myhuaweicloud.com' }, []],
    [{ ...iam, HSS_ENDPOINT: 'https://myhuaweicloud.com.example' }, ['IAM_ENDPOINT']],
    [{ ...iam, HSS_ENDPOINT: 'http://127.0.0.1:1' }, ['IAM_ENDPOINT']],
    [iam, []],
    [{ ...iam, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ['NODE_TLS_REJECT_UNAUTHORIZED']],
    [{ ...iam, NODE_TLS_REJECT_UNAUTHORIZED: '1' }, []],
  ])('guards its credentials: %j has problems with %j', (given, expected) => {
    expect(names(problems({ ...given, ...production }))).toEqual(expected);
    expect(problems(given)).toEqual([]);
  });

  it('calls by http when allowed, and needs the IAM of its HSS', () => {
    const given = { ...production, ALLOW_PLAIN_HTTP: 'true', HSS_ENDPOINT: 'http://emulator' };
    expect(problems({ ...given, ...realHss })).toEqual([]);
    expect(names(problems({ ...given, ...iam }))).toEqual(['IAM_ENDPOINT']);
  });
});

describe('HTTPS_PROXY', () => {
  it.each([
    [{}, null],
    [{ HTTPS_PROXY: '' }, null],
    [{ HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
    [{ https_proxy: 'p:3128', HTTPS_PROXY: 'http://other' }, 'http://p:3128'],
    [{ HTTPS_PROXY: 'https://u:s@p' }, 'https://u:s@p'],
  ])('%j: the proxy %j', (given, url) => {
    expect(proxyConfig(given, [])?.url ?? null).toBe(url);
  });

  it.each(['socks5://p', 'http://', '://'])('is ignored with a warning that does not show %s', (proxy) => {
    const { proxy: used, warnings } = read({ ...realHss, HTTPS_PROXY: proxy });
    expect(used).toBeNull();
    expect(warnings).toEqual(['HTTPS_PROXY is ignored: it must be an http:// or https:// URL of a proxy']);
  });

  it.each([
    ['', true],
    ['*', false],
    ['example.com', false],
    ['.example.com', false],
    ['*.example.com', false],
    ['HSS.Example.com', false],
    ['hss.example.com:443', false],
    ['hss.example.com:8443', true],
    ['ample.com', true],
    ['10.0.0.1, other , hss.example.com', false],
  ])('NO_PROXY=%j: hss.example.com is proxied: %s', (noProxy, expected) => {
    const proxy = proxyConfig({ HTTPS_PROXY: 'p', NO_PROXY: noProxy }, [])!;
    expect(isProxied(new URL('https://hss.example.com/v5'), proxy)).toBe(expected);
    expect(isProxied(new URL('http://hss.example.com/v5'), proxy)).toBe(false);
  });

  it.each(['::1', '[::1]', '[::1]:443'])('NO_PROXY=%s: the address is called directly', (noProxy) => {
    const proxy = proxyConfig({ HTTPS_PROXY: 'p', NO_PROXY: noProxy }, [])!;
    expect(isProxied(new URL('https://[::1]/v5'), proxy)).toBe(false);
    expect(isProxied(new URL('https://[::2]/v5'), proxy)).toBe(true);
  });
});
