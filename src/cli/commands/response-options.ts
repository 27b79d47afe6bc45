/** Options of the commands on alerts, containments and directives. */
export interface ResponseOptions {
  url: string;
  json?: boolean;
  state?: string;
  incident?: string;
  to?: string;
  text?: string;
  reason?: string;
  comment?: string;
  action?: string;
  on?: string;
  minutes?: number;
  perMinute?: number;
  contact?: string;
  alert?: string;
  after?: string;
  days?: number;
  name?: string[];
  host?: string[];
  activity?: string[];
  from?: string;
  until?: string;
  tenant?: string;
}
