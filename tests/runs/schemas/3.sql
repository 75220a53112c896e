BEGIN TRANSACTION;
CREATE TABLE environment (
	digest VARCHAR NOT NULL, 
	packages TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "environment" VALUES('0ed13d363398df609f3dffba8006852ba17297e28440bc79b2b3c6498c543e6c','{"numpy":"2.1.0"}');
CREATE TABLE history (
	run INTEGER NOT NULL, 
	chunk INTEGER NOT NULL, 
	count INTEGER NOT NULL, 
	rows TEXT NOT NULL, 
	PRIMARY KEY (run, chunk)
);
INSERT INTO "history" VALUES(1,0,2,'[[0, 1764000000000000, {"loss": 0.5}], [1, 1764000000000001, {"loss": 0.25}]]');
INSERT INTO "history" VALUES(2,0,1,'[[0, 1764000000000000, {"loss": 1e999}]]');
CREATE TABLE journal (
	name VARCHAR NOT NULL, 
	"offset" BIGINT NOT NULL, 
	line BIGINT NOT NULL, 
	done BOOLEAN NOT NULL, 
	run INTEGER, 
	PRIMARY KEY (name)
);
INSERT INTO "journal" VALUES('first-w1.jsonl',841,5,1,1);
INSERT INTO "journal" VALUES('second-w2.jsonl',469,3,1,2);
CREATE TABLE listing (
	place VARCHAR NOT NULL, 
	modified BIGINT NOT NULL, 
	PRIMARY KEY (place)
);
CREATE TABLE metric (
	run INTEGER NOT NULL, 
	name INTEGER NOT NULL, 
	last FLOAT, 
	lowest FLOAT, 
	highest FLOAT, 
	PRIMARY KEY (run, name)
)
 WITHOUT ROWID

;
INSERT INTO "metric" VALUES(1,1,0.25,0.25,0.5);
INSERT INTO "metric" VALUES(2,1,9.0e+999,9.0e+999,9.0e+999);
CREATE TABLE metric_name (
	"key" INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY ("key"), 
	UNIQUE (name)
);
INSERT INTO "metric_name" VALUES(1,'loss');
CREATE TABLE problem (
	journal VARCHAR NOT NULL, 
	line BIGINT NOT NULL, 
	told TEXT NOT NULL, 
	PRIMARY KEY (journal, line)
);
CREATE TABLE run (
	"key" INTEGER NOT NULL, 
	entity VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	"exists" BOOLEAN NOT NULL, 
	name VARCHAR NOT NULL, 
	"group" VARCHAR, 
	job_type VARCHAR, 
	tags TEXT NOT NULL, 
	notes TEXT, 
	state VARCHAR NOT NULL, 
	created BIGINT NOT NULL, 
	finished BIGINT, 
	exit_code INTEGER, 
	error TEXT, 
	step BIGINT, 
	config TEXT NOT NULL, 
	origins TEXT NOT NULL, 
	summary TEXT NOT NULL, 
	lowest TEXT NOT NULL, 
	highest TEXT NOT NULL, 
	about TEXT NOT NULL, 
	environment VARCHAR, 
	last_at BIGINT NOT NULL, 
	last_by VARCHAR NOT NULL, 
	writers TEXT NOT NULL, seq BIGINT NOT NULL DEFAULT 0, 
	PRIMARY KEY ("key"), 
	UNIQUE (entity, project, id)
);
INSERT INTO "run" VALUES(1,'me','cifar','first',1,'a name',NULL,NULL,'["base"]','it''s one','finished',1764000000000000,1764000000000004,0,NULL,1,'{"lr":0.1,"model.layers":[64,{"$":["float","nan"]}]}','{"origins":[{"kind":"code","rank":1}],"of":[0,0]}','{"loss":0.25}','{"loss":0.25}','{"loss":0.5}','{"host":"box","tags":["base"],"name":"a name","notes":"it''s one"}','0ed13d363398df609f3dffba8006852ba17297e28440bc79b2b3c6498c543e6c',1764000000000004,'w1','{"w1": [false, false, null]}',1);
INSERT INTO "run" VALUES(2,'me','cifar','second',1,'second',NULL,NULL,'[]',NULL,'failed',1764000001000000,1764000001000002,1,'ValueError: no',0,'{}','{"origins":[],"of":[]}','{"loss":1e999}','{"loss":1e999}','{"loss":1e999}','{"host":"box"}','0ed13d363398df609f3dffba8006852ba17297e28440bc79b2b3c6498c543e6c',1764000001000002,'w2','{"w2": [false, false, null]}',2);
CREATE TABLE schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema" VALUES(3);
CREATE INDEX ix_journal_run ON journal (run);
CREATE INDEX journal_by_done ON journal (done);
CREATE INDEX metric_by_last ON metric (name, last, run);
CREATE INDEX run_by_state ON run (state);
CREATE INDEX run_by_time ON run (entity, project, created, "key");
CREATE INDEX run_by_creation ON run (created, "key");
CREATE INDEX run_by_seq ON run (seq);
COMMIT;
