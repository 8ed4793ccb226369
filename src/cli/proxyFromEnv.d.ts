/** The package has no types of its own. */
declare module "proxy-from-env" {
  /** The proxy's URL for a URL, by `HTTPS_PROXY`, `NO_PROXY` and so on; empty for none. */
  export function getProxyForUrl(url: string): string;
}
