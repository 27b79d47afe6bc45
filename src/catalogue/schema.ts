/**
 * The tables. The tree of patients, studies, series is static: an entity lives below one parent for ever; what changes
 * is which instance versions are visible and what the attributes of a level are. Both are kept as rows valid from one
 * journal entry to another, `[from_seq, to_seq)`, so the archive as it was at any entry is the same query.
 *
 * Revisions of one entity never overlap. Indexes that find one by an equal key go on with `to_seq`: past the revisions
 * that had ended, the first one is the only one that can be valid, so a long history costs the present nothing.
 */

/** Changes with every change of tables or of what is kept in them; another number means: build anew. */
export const schemaVersion = 6;

/** `to_seq` of what is valid now. Fits six bytes in SQLite's encoding. */
export const open = 2 ** 47 - 1;

export const schema = `
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  schema INTEGER NOT NULL, applied_seq INTEGER NOT NULL, time INTEGER NOT NULL,
  patients INTEGER NOT NULL, studies INTEGER NOT NULL, series INTEGER NOT NULL, instances INTEGER NOT NULL,
  versions INTEGER NOT NULL, bytes INTEGER NOT NULL
);
INSERT INTO state VALUES (0, ${schemaVersion}, -1, 0, 0, 0, 0, 0, 0, 0);

-- What the archive is run by, as JSON: the latest value of each key.
CREATE TABLE setting (
  collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (collection, key)
) WITHOUT ROWID;

-- Objects held back by a containment, of all tenants.
CREATE TABLE held (seq INTEGER PRIMARY KEY, containment TEXT NOT NULL, record TEXT NOT NULL);

-- Tenants with a catalogue of their own (tenants.ts), and the last entry that changed it.
CREATE TABLE tenant (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;

-- Segments whose file was removed after retention, and by which entry.
CREATE TABLE collected (segment INTEGER PRIMARY KEY, seq INTEGER NOT NULL);

-- Keys as the journal's \`keys\` records left them, each wrapped by the one above (docs/format/keys.md).
CREATE TABLE root_key (generation INTEGER PRIMARY KEY, wrapped BLOB);
CREATE TABLE clinic_key (
  tenant TEXT NOT NULL, generation INTEGER NOT NULL, root INTEGER NOT NULL, wrapped BLOB NOT NULL,
  PRIMARY KEY (tenant, generation)
) WITHOUT ROWID;
-- wrapped: null once destroyed. patient: a keyed hash of whose it is.
CREATE TABLE patient_key (
  number INTEGER PRIMARY KEY, patient BLOB NOT NULL, tenant TEXT NOT NULL, clinic INTEGER NOT NULL, wrapped BLOB
);
CREATE INDEX patient_key_patient ON patient_key (patient, number) WHERE wrapped IS NOT NULL;

-- The last entry at each time at which something changed.
CREATE TABLE moment (time INTEGER PRIMARY KEY, seq INTEGER NOT NULL);

CREATE TABLE uid (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- Counters tell what is visible now, and since which entry; what was visible before is counted.
-- without_id: the study that stands for its unknown patient, when there is no Patient ID.
CREATE TABLE patient (
  id INTEGER PRIMARY KEY, patient_id TEXT NOT NULL, issuer TEXT NOT NULL, without_id TEXT NOT NULL,
  changed INTEGER NOT NULL DEFAULT -1, instances INTEGER NOT NULL DEFAULT 0, series INTEGER NOT NULL DEFAULT 0,
  studies INTEGER NOT NULL DEFAULT 0,
  UNIQUE (patient_id, issuer, without_id)
);
CREATE TABLE study (
  id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, uid TEXT NOT NULL,
  changed INTEGER NOT NULL DEFAULT -1, instances INTEGER NOT NULL DEFAULT 0, series INTEGER NOT NULL DEFAULT 0,
  UNIQUE (uid, parent)
);
CREATE INDEX study_parent ON study (parent);
CREATE TABLE series (
  id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, uid TEXT NOT NULL,
  changed INTEGER NOT NULL DEFAULT -1, instances INTEGER NOT NULL DEFAULT 0,
  UNIQUE (uid, parent)
);
CREATE INDEX series_parent ON series (parent);

-- A revision: the entity had visible instances and these attributes, from one entry to another.
-- members: the DICOM JSON members of the level in order, one a line.
CREATE TABLE patient_revision (
  id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
  patient_id TEXT NOT NULL, name TEXT NOT NULL, members TEXT NOT NULL
);
CREATE INDEX patient_revision_entity ON patient_revision (entity, to_seq, from_seq);
CREATE INDEX patient_revision_order ON patient_revision (name, patient_id, from_seq, to_seq);
CREATE INDEX patient_revision_patient_id ON patient_revision (patient_id, to_seq, from_seq);

-- Each component group of a patient's name as it is matched, and each word of it as fuzzy matching sees it.
CREATE TABLE patient_name (text TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (text, revision)) WITHOUT ROWID;
CREATE TABLE patient_word (text TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (text, revision)) WITHOUT ROWID;

CREATE TABLE study_revision (
  id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, parent INTEGER NOT NULL,
  from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
  uid TEXT NOT NULL, date TEXT NOT NULL, time TEXT NOT NULL, accession TEXT NOT NULL, members TEXT NOT NULL
);
CREATE INDEX study_revision_entity ON study_revision (entity, to_seq, from_seq);
CREATE INDEX study_revision_order ON study_revision (date DESC, time DESC, uid, entity, from_seq, to_seq);
CREATE INDEX study_revision_uid ON study_revision (uid, to_seq, from_seq);
CREATE INDEX study_revision_parent ON study_revision (parent, to_seq, from_seq);
CREATE INDEX study_revision_accession ON study_revision (accession, to_seq, from_seq) WHERE accession <> '';

-- Study Dates, with the entries between which any study of the date was visible: lists by date step over days of
-- which nothing is seen, because it was deleted or had not come yet.
CREATE TABLE study_day (
  date TEXT PRIMARY KEY, visible INTEGER NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE series_revision (
  id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, parent INTEGER NOT NULL,
  from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
  uid TEXT NOT NULL, number INTEGER NOT NULL, modality TEXT NOT NULL, members TEXT NOT NULL
);
CREATE INDEX series_revision_entity ON series_revision (entity, to_seq, from_seq);
CREATE INDEX series_revision_parent ON series_revision (parent, to_seq, from_seq, modality);
CREATE INDEX series_revision_uid ON series_revision (uid, to_seq, from_seq);

-- One visible span of one version of an instance; a restored version has several rows.
CREATE TABLE instance (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, version INTEGER NOT NULL, parent INTEGER NOT NULL,
  from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  number INTEGER NOT NULL, class INTEGER NOT NULL, syntax INTEGER NOT NULL,
  header_size INTEGER NOT NULL, data_size INTEGER NOT NULL, digest BLOB NOT NULL, header_digest BLOB NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
  data_segment INTEGER, data_offset INTEGER, data_length INTEGER, key INTEGER NOT NULL,
  frames INTEGER NOT NULL, stored_at INTEGER NOT NULL, members TEXT NOT NULL
);
CREATE INDEX instance_uid ON instance (uid);
CREATE INDEX instance_parent ON instance (parent, number, from_seq, to_seq, class);
CREATE INDEX instance_digest ON instance (substr(digest, 1, 6));
`;
