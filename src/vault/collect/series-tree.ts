/** Instances below patients, studies and series of clinics: each stands in its series alone, and identifiers are kept once. */

export interface SeriesOf {
  patientId: string;
  studyUid: string;
  seriesUid: string;
}

export interface Series<T> extends SeriesOf {
  tenant: string;
  members: Set<T>;
}

export class SeriesTree<T> {
  /** By `TENANT pPATIENT`, `TENANT sSTUDY`, `TENANT eSERIES`: a UID may stand below two patients. */
  readonly #named = new Map<string, Series<T>[]>();
  readonly #texts = new Map<string, string>();

  /** The series, made when it is not there. */
  at(tenant: string, { patientId, studyUid, seriesUid }: SeriesOf): Series<T> {
    const known = this.#named
      .get(`${tenant} e${seriesUid}`)
      ?.find((each) => each.patientId === patientId && each.studyUid === studyUid);
    if (known) return known;
    const [t, p, s, e] = [tenant, patientId, studyUid, seriesUid].map((text) => this.#text(text)) as [
      string,
      string,
      string,
      string,
    ];
    const made: Series<T> = { tenant: t, patientId: p, studyUid: s, seriesUid: e, members: new Set() };
    for (const name of [`p${p}`, `s${s}`, `e${e}`]) {
      const key = `${t} ${name}`;
      const all = this.#named.get(key);
      if (all) all.push(made);
      else this.#named.set(key, [made]);
    }
    return made;
  }

  /** Members of every series that fits what is named; of a target without a name none. */
  *within(tenant: string, { patientId, studyUid, seriesUid }: Partial<SeriesOf>): Generator<T> {
    if (patientId === undefined && studyUid === undefined && seriesUid === undefined) return;
    const name = seriesUid !== undefined ? `e${seriesUid}` : studyUid !== undefined ? `s${studyUid}` : `p${patientId}`;
    for (const series of this.#named.get(`${tenant} ${name}`) ?? []) {
      if (patientId !== undefined && series.patientId !== patientId) continue;
      if (studyUid !== undefined && series.studyUid !== studyUid) continue;
      yield* series.members;
    }
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}
