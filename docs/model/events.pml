/* The way of a change through DMS, for spin. README.md beside this file says how to read it.
 *
 * One zone. A caller saves EDITS edits, one after the other; each is an instance of the zone (1, 2,
 * ...; 0 is what was there before) and an event. Two services, each with one worker for the zone, run
 * the events and bring the newest instance to the name server. FAULTS times something goes wrong: at
 * any point, in any mixture.
 *
 * A transaction is an atomic block: it happens whole, or, when its worker dies before it, not at all.
 * Between two atomic blocks everybody else may do anything.
 *
 * A name in capitals behind #ifdef is a mistake that one could make, or a part that is left out; the
 * file `cases` says which of them the checker has to find. */

#ifndef EDITS
#define EDITS 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef REVIVALS
#define REVIVALS 1 /* events that the reconciler may have to post */
#endif
#define SERVICES 2
#define EVENTS   3 /* EDITS + REVIVALS at most */
#define NOBODY   SERVICES

mtype = { NEW, RUNNING, RETRY, ENDED };

/* --- the database: the zone's row, and table event --- */

byte candidate;         /* newest instance saved */
byte zi;                /* instance that is published as far as we know, */
byte soa_serial;        /* and its serial */
byte publishing_zi;     /* what is on its way to the name server; 0: nothing */
byte publishing_serial;
byte lease = NOBODY;    /* lease_worker, until lease_until */
byte posted;            /* events so far; the first is 0, and ids grow */
mtype state[EVENTS];
bool is_due[EVENTS];
/* Numbers that only ever grow and are only ever compared would make endless states of one. What is
 * kept here is what the comparisons would say: of sm_version, whether it is what a worker's claim left;
 * of an event's attempts, whose claim counted last. */
bool is_unmoved[SERVICES];
byte last_taken_by[EVENTS];

/* --- outside of it --- */

byte knocks;               /* messages on the bus: "there is something to do for the zone" */
bool is_in_line[SERVICES]; /* a run stands in line for the worker */
bool is_at_work[SERVICES]; /* the worker is alive and renews its lease */
bool is_dead[SERVICES];
byte there_zi;             /* what the name server has */
byte there_serial;
chan late = [1] of { byte, byte, byte }; /* an UPDATE that nobody waits for any more */

/* --- what no program knows, counted to be judged --- */

byte faults = FAULTS;    /* still to come */
byte revivals = REVIVALS, cancels = REVIVALS;
byte saved[EDITS + 1];   /* times that an edit was stored */
byte brought[EDITS + 1]; /* times that the name server was moved to an instance */
byte ended[EVENTS];      /* times that an event ended */

#define is_pending(e)       (e < posted && state[e] != ENDED)
#define is_takeable(e)      (is_pending(e) && is_due[e])
#define is_anything_pending (is_pending(0) || is_pending(1) || is_pending(2))
#define is_anything_due     (is_takeable(0) || is_takeable(1) || is_takeable(2))
#define goes_wrong          faults > 0 -> faults--

/* INSERT INTO event, in the transaction that made it necessary (sm_post). */
inline post() {
	assert(posted < EVENTS);
	state[posted] = NEW;
	is_due[posted] = true;
	last_taken_by[posted] = NOBODY;
	posted++
}

/* bus_publish; more than one knock an event is no news. */
inline knock() {
	if
	:: knocks < EVENTS -> knocks++
	:: else
	fi
}

/* The name server takes an UPDATE if it has the SOA that the UPDATE expects (RFC 2136 section 2.4). */
inline serve(expects, serial_, instance, is_taken_) {
#ifdef NO_PREREQUISITE
	is_taken_ = true;
#else
	is_taken_ = (there_serial == expects);
#endif
	if
	:: is_taken_ ->
		assert(instance >= there_zi); /* nothing goes back */
		there_serial = serial_;
		there_zi = instance;
		brought[instance]++;
		assert(brought[instance] <= 1) /* nothing is done twice */
	:: else
	fi
}

/* sm_version = sm_version + 1 */
inline move_row() {
	is_unmoved[0] = false;
	is_unmoved[1] = false
}

inline give_lease_up() {
	lease = NOBODY;
	is_at_work[me] = false
}

/* --- the caller, and the gateway's update_zone with if_zi_id --- */

active proctype Caller() {
	byte edit = 1;
	bool is_stored;

save:
	atomic {
#ifdef NO_IF_ZI_ID
		is_stored = true;
#else
		is_stored = (candidate == edit - 1);
#endif
		if
		:: is_stored ->
			saved[edit]++;
			assert(saved[edit] <= 1);
			candidate = edit;
#ifndef POST_APART
			post()
#endif
		:: else /* refused as stale: the caller looks, and finds that his edit is there */
		fi
	};
#ifdef POST_APART
	if
	:: atomic { is_stored -> post() }
	:: atomic { goes_wrong }
	:: !is_stored
	fi;
#endif
	/* Committed. The gateway knocks, then answers; it may die before it does. */
	if
	:: atomic { is_stored -> knock() }
	:: atomic { goes_wrong }
	:: !is_stored
	fi;
	if
	:: atomic { edit < EDITS -> edit++; goto save }
	:: edit == EDITS
	:: atomic { goes_wrong; goto save } /* the answer got lost: he asks again */
	fi
}

/* --- knocks from the bus into a line (take_in.c) --- */

active proctype TakeIn() {
	do /* a run that stands in line already sees what this knock is about */
	:: atomic { knocks > 0 && !is_dead[0] -> knocks--; is_in_line[0] = true }
	:: atomic { knocks > 0 && !is_dead[1] -> knocks--; is_in_line[1] = true }
	od
}

/* --- a worker (run.c, claim.c, end.c; zone-sm's events/update.c) --- */

/* The event ends, and what it absorbed with it (sm_claim_end). */
inline end_event(e) {
	if
	:: e == event || (absorbed & (1 << e)) != 0 ->
		if
		:: is_pending(e) ->
			state[e] = ENDED;
			is_due[e] = false;
			last_taken_by[e] = NOBODY;
			ended[e]++
#ifdef TRUST_KNOCK
		:: e < posted && !is_pending(e) -> ended[e]++
#endif
		:: else
		fi
	:: else
	fi
}

inline end_all() {
	end_event(0);
	end_event(1);
	end_event(2);
	move_row();
	give_lease_up()
}

/* What else is due, or backs off, is taken along (sm_absorb). */
inline absorb(e) {
	if
	:: e != event && is_pending(e) && (is_due[e] || state[e] == RETRY) ->
		absorbed = absorbed | (1 << e)
	:: else
	fi
}

/* The event waits again, unless it has ended or somebody else has taken it up (sm_claim_put_back). */
inline put_back() {
	if
	:: is_pending(event) && last_taken_by[event] == me -> state[event] = RETRY
	:: else
	fi;
	if
	:: lease == me -> lease = NOBODY
	:: else
	fi;
	is_at_work[me] = false
}

inline forget() {
	event = 0; absorbed = 0; to = 0; from_serial = 0; tried_serial = 0; expected = 0; serial = 0;
	is_taken = false; has_looked = false; is_drift = false
}

active [SERVICES] proctype Worker() {
	byte me = _pid - 2; /* 0 is the caller, 1 takes knocks in */
	byte event, absorbed;
	byte to, from_serial, tried_serial, expected, serial;
	bool is_taken, has_looked, is_drift;

idle:
	atomic {
		is_in_line[me];
#ifndef LEAVE_LINE_LATE
		is_in_line[me] = false
#endif
	};

look: /* first transaction: lock the row, take the oldest due event, begin */
	atomic {
		forget();
		if
#ifdef NO_LEASE
		:: true
#else
		:: lease != NOBODY && lease != me -> goto rest /* who is at it looks for more */
		:: lease == NOBODY || lease == me
#endif
		fi;
		if
		:: is_takeable(0) -> event = 0
		:: !is_takeable(0) && is_takeable(1) -> event = 1
		:: !is_takeable(0) && !is_takeable(1) && is_takeable(2) -> event = 2
		:: !is_anything_due ->
#ifdef TRUST_KNOCK
			event = 0
#else
			goto rest
#endif
		fi;
		assert(lease != 1 - me || !is_at_work[1 - me]); /* one at a time */
		absorb(0);
		absorb(1);
		absorb(2);
		if
		:: candidate == zi && publishing_zi == 0 ->
			end_all();
			goto more
		:: else
		fi;
		to = candidate;
		from_serial = soa_serial;
		tried_serial = publishing_serial;
		if /* choose_serial: a try under way keeps its own */
		:: publishing_zi == to -> serial = publishing_serial
		:: publishing_zi != to ->
			serial = (soa_serial > publishing_serial -> soa_serial : publishing_serial) + 1
		fi;
		expected = from_serial;
		publishing_zi = to;
		publishing_serial = serial;
		move_row();
		is_unmoved[me] = true;
		lease = me;
		is_at_work[me] = true;
		state[event] = RUNNING;
		last_taken_by[event] = me
	};

work: /* outside any transaction: one UPDATE, and perhaps another after a look */
	if
	:: atomic { serve(expected, serial, to, is_taken) }
	:: atomic { goes_wrong; serve(expected, serial, to, is_taken); goto fail } /* answer lost */
	:: atomic { nfull(late) && faults > 0 -> faults--; late!expected,serial,to; goto fail }
	:: atomic { goes_wrong; goto fail } /* never arrived */
	:: atomic { goes_wrong; goto die }
	fi;
	if
	:: is_taken -> goto settle
	:: !is_taken && has_looked -> goto fail /* "keeps changing on the master" */
	:: !is_taken && !has_looked
	fi;
	/* NXRRSET: what is really there? (AXFR) */
	atomic {
		has_looked = true;
#ifndef NO_RECOGNITION
		if
		:: there_zi == to && there_serial > from_serial ->
			serial = there_serial;
			goto settle
		:: else
		fi;
#endif
		/* An earlier try of ours is no stranger's change (drift_find). */
#ifdef LAST_TRY_ONLY
		is_drift = (there_zi != zi && there_serial != tried_serial);
#else
		is_drift = (there_zi != zi &&
			(there_serial <= from_serial || there_serial > tried_serial));
#endif
		expected = there_serial;
		serial = (there_serial > from_serial -> there_serial : from_serial) + 1
	};
#ifndef NO_FENCE
	/* What was seen there may be the work of somebody who has the row by now: then nothing of ours
	 * may follow it. Who takes the row from here on moves the SOA that our UPDATE expects. */
	if
	:: !is_unmoved[me] -> goto fail
	:: is_unmoved[me]
	fi;
#endif
	goto work;

settle: /* second transaction, if nobody has moved the row since the claim */
	if
	:: atomic { goes_wrong; goto die }
	:: atomic { true ->
		if
#ifdef NO_COMPARE_AND_SET
		:: true
#else
		:: !is_unmoved[me] || !is_pending(event) ->
			put_back();
			goto more
		:: is_unmoved[me] && is_pending(event)
#endif
		fi;
		assert(to >= zi);   /* nothing goes back here either */
		assert(!is_drift);  /* no alarm: nobody but us was at the zone */
		zi = to;
		soa_serial = serial;
		publishing_zi = 0;
		publishing_serial = 0;
#ifdef ABSORB_AT_THE_END
		absorb(0);
		absorb(1);
		absorb(2);
#endif
		end_all();
		goto more }
	fi;

fail: /* row locked and unchanged, it is written down: to be tried again later (sm_claim_fail) */
	if
	:: atomic { true ->
		if
		:: !is_unmoved[me] || (lease != NOBODY && lease != me) || !is_pending(event) ->
			put_back()
		:: is_unmoved[me] && (lease == NOBODY || lease == me) && is_pending(event) ->
			state[event] = RETRY;
			is_due[event] = false;
			move_row();
			give_lease_up()
		fi;
		goto more }
	:: atomic { goes_wrong; is_at_work[me] = false; goto rest } /* the database is away */
	:: atomic { goes_wrong; goto die }
	fi;

more: /* what is committed later than this sees has a knock of its own on the way */
	if
	:: atomic { is_anything_due -> goto look }
	:: atomic { !is_anything_due -> goto rest }
	fi;

rest:
	atomic {
#ifdef LEAVE_LINE_LATE
		is_in_line[me] = false;
#endif
		forget();
		goto idle
	};

die: /* killed: what it had in mind is gone, and what stood in line */
	atomic { forget(); is_dead[me] = true; is_at_work[me] = false; is_in_line[me] = false };
	atomic { is_dead[me] = false; /* a successor is started, which gives its leases up */
#ifndef NO_LEASE_END
		if
		:: lease == me -> lease = NOBODY
		:: else
		fi;
#endif
		goto idle }
}

/* --- time passes; the janitors' threads --- */

active proctype Time() {
	byte expects, serial, instance;
	bool is_taken;

	do
	/* a failed event's back-off ends */
	:: atomic { is_pending(0) && state[0] == RETRY && !is_due[0] -> is_due[0] = true }
	:: atomic { is_pending(1) && state[1] == RETRY && !is_due[1] -> is_due[1] = true }
	:: atomic { is_pending(2) && state[2] == RETRY && !is_due[2] -> is_due[2] = true }
#ifndef NO_LEASE_END
	/* a lease that nobody renews ends, or is found to be abandoned (lease.c) */
	:: atomic { lease != NOBODY && !is_at_work[lease] -> lease = NOBODY }
#endif
#ifndef NO_RELAY
	/* what is due and taken by nobody knocks again (relay.c) */
	:: atomic { is_anything_due && lease == NOBODY && knocks == 0 && !is_in_line[0] &&
		!is_in_line[1] -> knock() }
#endif
#ifndef NO_RECONCILER
	/* a zone that should move and that nothing will move gets an event (revive.c) */
	:: atomic { revivals > 0 && !is_anything_pending && (candidate != zi || publishing_zi != 0) ->
		revivals--;
		post();
		knock() }
#endif
	/* an UPDATE that was given up arrives all the same, or never */
	:: atomic { late?expects,serial,instance ->
		if
		:: serve(expects, serial, instance, is_taken)
		:: true
		fi;
		expects = 0; serial = 0; instance = 0; is_taken = false }
	od
}

/* --- what else may happen --- */

inline cancel(e) {
	cancels--;
	state[e] = ENDED;
	is_due[e] = false;
	last_taken_by[e] = NOBODY;
	ended[e]++
}

active proctype Misfortune() {
	do
	:: atomic { knocks > 0 && faults > 0 -> faults--; knocks = 0 } /* the bus forgets */
	:: atomic { posted > 0 && faults > 0 -> faults--; knock() }    /* a knock too many */
	/* a worker is held up so long that its lease ends while it is at work */
	:: atomic { lease != NOBODY && faults > 0 -> faults--; lease = NOBODY }
	/* a caller's request was run at once meanwhile: the row has moved (run_now.c) */
	:: atomic { lease != NOBODY && faults > 0 -> faults--; move_row() }
#ifndef NO_CANCEL
	/* an event is cancelled, or lost in some way that nobody has thought of */
	:: atomic { is_pending(0) && cancels > 0 && faults > 0 -> faults--; cancel(0) }
	:: atomic { is_pending(1) && cancels > 0 && faults > 0 -> faults--; cancel(1) }
#endif
	:: break
	od
}

/* Nothing can happen any more: has everything happened that should have? */
active proctype Judge() {
	timeout ->
	assert(candidate == EDITS);
	assert(!is_anything_pending);                            /* no event waits for ever */
	assert(ended[0] == 1 && ended[1] <= 1 && ended[2] <= 1); /* each ended once */
	assert(zi == candidate && publishing_zi == 0 && lease == NOBODY);
	assert(there_zi == zi && there_serial == soa_serial)     /* the name server has it */
}
