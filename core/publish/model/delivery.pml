/*
 * The life of one delivery: from the request to the told end, on a store that two workers
 * share, in front of a network whose answers may be lost.
 *
 * A step that is marked "model: NAME" is a line of Go with the comment "// model: NAME";
 * a test holds the two lists against each other. Between two steps anything may happen:
 * another process moves, time passes, this process dies. A process may pause before any
 * step for any time. Steps that need nobody else are one step with what follows.
 *
 * Time is counted in ticks; only the order of the limits means something.
 *
 * check.sh verifies this file as it is, and then with an assumption or a safeguard taken
 * away (the names after #ifdef and #ifndef): it says which of these must fail.
 */

/* ---- Assumptions; docs/reliability.md tells what they stand for. ---- */

#define CALL 1         /* the commit timeout: no request leaves later than this */
#ifdef SLOW_NETWORK
#define NET_LAG 2
#else
#define NET_LAG 0      /* a request has its effect so long after its timeout at the latest, or never */
#endif
#ifdef SLOW_READ
#define READ_LAG 2
#else
#define READ_LAG 1     /* a post is shown so long after it came to be, at the latest */
#endif
#define READ_DELAY 2   /* the adapter's readDelay >= CALL + NET_LAG + READ_LAG */
#define RESEND_MOST 2  /* the adapter's resendWindow: the identical request is sent up to this age */
#ifdef SHORT_WINDOW
#define WINDOW 1
#else
#define WINDOW 3       /* the network refuses duplicates for RESEND_MOST + CALL + NET_LAG */
#endif
#define FIRST_LOOK 1   /* ReconcileAfter */
#define SECOND_LOOK 2
#define OLD 3          /* ages from here on are not told apart; patience ends here */
#define LOOKS 2        /* looks that count; then the outcome is told to be unknown */
#define MAX_FAILURES 2

/* ---- Safeguards. ---- */

#ifdef NO_FENCE
#define FENCED true
#else
#define FENCED (d_fence == w + 1)
#endif
#ifdef BLIND_SWAP
#define SWAPPABLE true
#else
#define SWAPPABLE (d_state == PREPARING && FENCED)
#endif
#ifdef NO_DEADLINE
#define IN_TIME true
#else
#define IN_TIME (call_left[w] > 0)
#endif
#ifdef NO_ABANDON_WAIT
#define CALL_OVER true
#else
#define CALL_OVER (d_age >= CALL)
#endif
#ifdef BLIND_RESEND
#define RESENDABLE true
#else
#define RESENDABLE (age <= RESEND_MOST)
#endif
#ifdef NO_READ_DELAY
#define ABSENCE_PROVEN true
#else
#define ABSENCE_PROVEN (age >= READ_DELAY)
#endif
#ifdef EARLY_LOOK      /* looks ahead of their time are made, and counted */
#define LOOK_DUE true
#define EARLY_COUNTS true
#else
#define LOOK_DUE (d_age >= d_next)
#define EARLY_COUNTS (TROUBLE && d_age >= OLD)
#endif
#ifdef FORGETFUL       /* who died while it sent is taken for one who never sent */
#define TAKEABLE (d_state == ACCEPTED || d_state == PREPARING || d_state == COMMITTING)
#else
#define TAKEABLE (d_state == ACCEPTED || d_state == PREPARING)
#endif

/* Whether the network has troubles that keep a look from its answer. */
#ifdef CLEAR
#define TROUBLE false
#else
#define TROUBLE true
#endif

/* Never calm, nothing has to end: tries and looks need not be counted, there may be any
 * number. What holds for that holds for the numbers that there are. */
#ifdef STORM
#define MAY_TRY_AGAIN true
#else
#define MAY_TRY_AGAIN (d_failures + 1 < MAX_FAILURES)
#endif
#if defined(STORM) && !defined(CLEAR)
#define FREE
#endif
#ifdef FREE
#define MAY_LOOK_AGAIN true
#define MAY_GIVE_UP true
#else
#define MAY_LOOK_AGAIN (d_looks < LOOKS)
#define MAY_GIVE_UP (d_looks >= LOOKS)
#endif

/* What the network offers: nothing, to read back, to refuse duplicates, or both. */
#define NOTHING 0
#define READS 1
#define REFUSES 2
#define BOTH 3
#ifndef NET
#define NET BOTH
#endif

#define FLIGHTS 3
#define GONE 9         /* whose attempt has ended */

/* UNCERTAIN is looked into, UNKNOWN (uncertain and settled) no more. */
mtype:delivery = { ABSENT, ACCEPTED, PREPARING, COMMITTING, PUBLISHED, FAILED, UNCERTAIN, UNKNOWN };
mtype:answer = { NONE, CREATED, DUPLICATE, INVALID, REFUSED, CUT };

/* The store: a delivery and its job, each changed by compare-and-swap, that is in one step. */
mtype:delivery d_state = ABSENT;
byte d_age = OLD; /* of the last call, also for those who think that it is under way */
byte d_fence, d_looks, d_next, d_failures;
bool d_doubtful;
bool j_live;
byte j_lease;

/* The network: what it offers is chosen at the start. */
bool readable, refuses_twice, refuses_content;
byte n_posts, n_since;
typedef Flight { bool up; byte due; byte from };
Flight flight[FLIGHTS];

/* The workers, as far as others see them. */
bool busy[2];
byte call_left[2];            /* until the deadline of the call */
mtype:answer answer[2] = NONE;

#ifdef STORM
#define calm false            /* processes die and stores fail for ever */
#else
bool calm;                    /* from now on nothing dies and no store fails */
#endif

#define ASKED (d_state == COMMITTING || d_state == UNCERTAIN)
#define FINAL (d_state == PUBLISHED || d_state == FAILED || d_state == UNKNOWN)
#define MINE (j_live && j_lease == w + 1)

/* Instead of a step, a process may die; or the store fails to write: then the runner tries
 * the job again. (That it fails after it has written is a case of dying.) */
#define OR_DIE :: atomic { !calm -> leave() }
#define OR_FAIL :: atomic { !calm -> finish() }

/* ---- The clock ---- */

#define URGENT (flight[0].up && flight[0].due == 0 || flight[1].up && flight[1].due == 0 || flight[2].up && flight[2].due == 0)
#define AGES (d_age < OLD)
#define POST_AGES (n_posts > 0 && n_since <= (refuses_twice -> WINDOW : READ_LAG) && (ASKED || flight[0].up))

inline less(v) { if :: v > 0 -> v-- :: else fi }

proctype Clock() {
	byte i;
end:	do
	:: atomic { (AGES || POST_AGES || call_left[0] > 0 || call_left[1] > 0) && !URGENT ->
		if :: AGES -> d_age++ :: else fi;
		if :: POST_AGES -> n_since++ :: else fi;
		for (i : 0 .. 1) { less(call_left[i]) }
		for (i : 0 .. FLIGHTS - 1) { if :: flight[i].up -> flight[i].due-- :: else fi }
		i = 0
	   }
	od
}

/* ---- The network ---- */

/* A request leaves; nobody knows what becomes of it. The search is bounded here: at most
 * so many are under way at a time, those of the dead included. */
#define ROOM (!flight[FLIGHTS - 1].up)
inline send() {
	i = 0;
	do
	:: i < FLIGHTS && flight[i].up -> i++
	:: else -> break
	od;
	flight[i].up = true; flight[i].due = call_left[w] + NET_LAG; flight[i].from = w + 1;
	i = 0
}

/* Takes flight i out; the others close up, so that equal situations look equal. */
inline land() {
	do
	:: i + 1 < FLIGHTS -> flight[i].up = flight[i + 1].up; flight[i].due = flight[i + 1].due; flight[i].from = flight[i + 1].from; i++
	:: else -> break
	od;
	flight[i].up = false; flight[i].due = 0; flight[i].from = 0; i = 0
}

/* The answer reaches whoever still waits for it, or gets lost. */
inline reply(v) {
	if
	:: who > 0 && call_left[who - 1] > 0 -> answer[who - 1] = v
	:: true
	fi
}

#define RECOGNISED (refuses_twice && n_posts > 0 && n_since <= WINDOW)

inline apply() {
	n_posts++; n_since = 0;
	assert(n_posts == 1);                /* never twice */
	assert(ASKED || d_state == UNKNOWN) /* and never after something else was told */
}

proctype Network() {
	byte i, who;
end:	do
	:: atomic {
		if
		:: flight[0].up -> i = 0
		:: flight[1].up -> i = 1
		:: flight[2].up -> i = 2
		fi;
		who = flight[i].from; land();
		if
		:: reply(CUT)     /* it got lost, or the network fell over it */
		:: reply(REFUSED) /* limits, the authorization, and all else that tells nothing of the content */
		:: refuses_content -> reply(INVALID)
		:: !refuses_content && RECOGNISED -> reply(DUPLICATE)
		:: !refuses_content && !RECOGNISED -> apply(); reply(CREATED)
		fi;
		who = 0
	   }
	od
}

/* ---- A worker: one attempt after the other, each under its own lease ---- */

/* Whoever waits for no answer any more gets none. */
inline hang_up() {
	call_left[w] = 0; answer[w] = NONE;
	for (i : 0 .. FLIGHTS - 1) { if :: flight[i].from == w + 1 -> flight[i].from = 0 :: else fi };
	i = 0
}

/* Nothing here trusts a lease: as long as it is not calm, one may end at any time, and a
 * worker need not notice. Calm: a lease ends with its holder, and jobs wait for their time. */
#define HOLDER_WORKS (j_lease == 1 && busy[0] || j_lease == 2 && busy[1])
#define WAITS (d_state == UNCERTAIN && !LOOK_DUE || d_state == COMMITTING && !CALL_OVER)
#define CLAIMABLE (j_live && (!calm || !HOLDER_WORKS && !WAITS))

/* The attempt ends without a word: its lease is lost, or the process died and another was
 * started. The token of a claim is never used again. */
inline leave() {
	hang_up(); busy[w] = false;
	if :: d_fence == w + 1 -> d_fence = GONE :: else fi;
	if :: j_lease == w + 1 -> j_lease = GONE :: else fi;
	st = ABSENT; got = NONE; age = 0; counts = false; renewed = false;
	goto idle
}

/* The runner puts the job off, or dies before it can: then the lease has to end. */
inline finish() {
	if
	:: MINE -> j_lease = 0 /* model: FINISH */
	:: !MINE || !calm
	fi;
	leave()
}

inline done() {
	if
	:: MINE -> j_live = false; j_lease = 0 /* model: DONE */
	:: !MINE || !calm
	fi;
	leave()
}

/* The conditions under which an attempt may still record. */
#define RECORDS (!FINAL && FENCED)

inline become(s) { d_state = s; d_looks = 0; d_next = 0 }

/* ---- What an attempt records ---- */

inline published() { /* model: RECEIPT */
	if
	:: d_state == PUBLISHED -> leave() /* another has found it */
	:: d_state != PUBLISHED -> assert(n_posts == 1); become(PUBLISHED); done()
	fi
}

inline answer_lost() { /* model: ANSWER_LOST */
	if
	:: d_state == COMMITTING ->
		d_state = UNCERTAIN;
#ifndef NO_DOUBT
		d_doubtful = true;
#endif
#ifndef FREE
		if :: d_age < FIRST_LOOK -> d_next = FIRST_LOOK :: else -> d_next = d_age fi;
#endif
		finish()
	:: d_state != COMMITTING -> leave()
	fi
}

inline failed() {
	assert(n_posts == 0); become(FAILED); d_failures = 0; done()
}

/* Before the call, or by a proof that it had no effect. */
inline refused() {
	if
	:: !RECORDS -> leave()
	:: RECORDS && got == REFUSED && MAY_TRY_AGAIN -> /* model: TRY_AGAIN */
#ifndef STORM
		d_failures++;
#endif
		become(PREPARING); finish()
	:: RECORDS -> failed() /* model: END_FAILED */
	:: RECORDS && got == REFUSED -> become(PREPARING); got = NONE; goto unauthorized /* model: NOTE_REFUSAL */
	fi
}

inline unknown() { /* model: STILL_UNKNOWN */
	hang_up(); age = 0; got = NONE;
#ifdef NO_PATIENCE
	counts = false;
#endif
	if
	:: RECORDS && counts ->
#ifndef FREE
		d_looks++;
		if :: d_age < SECOND_LOOK -> d_next = SECOND_LOOK :: else -> d_next = d_age fi
#endif
	:: RECORDS && !counts ->
#ifndef FREE
		if :: d_age < OLD -> d_next = d_age + 1 :: else -> d_next = OLD fi
#endif
	:: !RECORDS -> leave()
	fi;
	if
	:: MAY_LOOK_AGAIN -> finish()
	:: MAY_GIVE_UP -> goto give_up
	fi
}

/* ---- The attempt ---- */

/* What the call brought; nothing at all when its time is over. */
#define ANSWERED (answer[w] != NONE || call_left[w] == 0)
inline hear() {
	if
	:: answer[w] == NONE -> got = CUT
	:: answer[w] != NONE -> got = answer[w]
	fi;
	hang_up()
}

proctype Worker(byte w) {
	mtype:delivery st = ABSENT; /* the delivery as it was read */
	mtype:answer got = NONE;
	byte age, i;
	bool counts, renewed;

idle:
end:	atomic { CLAIMABLE && (w == 0 || busy[0]) -> /* model: CLAIM */
		/* Idle workers are alike: the first one that is idle claims. */
		j_lease = w + 1; busy[w] = true
	}
	if
	:: atomic { st = d_state; /* model: READ_DELIVERY */
		if
		:: st == COMMITTING && !TAKEABLE && CALL_OVER -> st = ABSENT; goto lost /* model: ABANDONED */
		:: st == COMMITTING && !TAKEABLE && !CALL_OVER -> finish()
		:: st == UNCERTAIN -> call_left[w] = CALL; goto look
		:: st == PUBLISHED || st == FAILED || st == UNKNOWN -> done()
		:: TAKEABLE
		fi
	   }
	OR_DIE
	fi;
	if
	:: atomic { /* model: TAKE_UP */
		if
		:: TAKEABLE -> d_state = PREPARING; d_fence = w + 1; st = ABSENT
		:: !TAKEABLE -> leave()
		fi;
		if /* model: PREPARE */
		:: got = REFUSED; refused()
		:: refuses_content -> got = INVALID; refused()
		:: call_left[w] = CALL /* model: CALL_BEGINS */
		fi
	   }
	OR_DIE OR_FAIL
	fi;
	if
	:: atomic { /* model: SWAP */
		if
		:: SWAPPABLE -> d_state = COMMITTING; d_age = 0; d_looks = 0; d_next = 0
		:: !SWAPPABLE -> leave()
		fi
	   }
	OR_DIE OR_FAIL
	fi;
	if
	:: atomic { IN_TIME && ROOM -> send() } /* model: SEND */
	:: atomic { !IN_TIME -> answer_lost() }
	:: atomic { !IN_TIME -> got = REFUSED; refused() } /* it has noticed that it stood still */
	OR_DIE
	fi;
	if
	:: atomic { ANSWERED -> hear();
		if
		:: got == CREATED || got == DUPLICATE && d_doubtful -> published()
		:: got == DUPLICATE && !d_doubtful || got == REFUSED || got == INVALID -> refused()
		:: got == CUT -> answer_lost()
		fi
	   }
	:: atomic { !calm && ANSWERED -> finish() } /* it could not be recorded */
	OR_DIE
	fi;

unauthorized: /* what the network refused for the token, while that is renewed; or cannot be */
	if
	:: atomic { /* model: END_UNAUTHORIZED */
		if
		:: RECORDS -> failed()
		:: !RECORDS -> leave()
		fi
	   }
	OR_DIE OR_FAIL
	fi;

lost:
	if
	:: atomic { true -> answer_lost() }
	OR_DIE OR_FAIL
	fi;

look:
	if
	:: atomic { /* model: LOOK */
		if
		:: d_state == UNCERTAIN && LOOK_DUE -> d_fence = w + 1
		:: d_state == UNCERTAIN && !LOOK_DUE -> finish() /* somebody has looked meanwhile */
		:: d_state != UNCERTAIN -> leave()
		fi;
		st = ABSENT;
		if
		:: readable /* model: LOOK_AGE */
#ifndef LATE_AGE
			-> age = d_age
#endif
		:: !readable && refuses_twice -> age = d_age; goto resend
		:: !readable && !refuses_twice -> counts = true; unknown()
		:: TROUBLE -> counts = d_age >= OLD; unknown() /* it passes: it counts when patience ends */
		:: TROUBLE -> counts = true; unknown()
		fi
	   }
	OR_DIE OR_FAIL
	fi;
	if
	:: atomic { call_left[w] > 0 && n_posts > 0 -> hang_up(); published() } /* model: READ_BACK */
	:: atomic { call_left[w] > 0 && (n_posts == 0 || n_since < READ_LAG) -> goto absent }
	:: atomic { call_left[w] == 0 -> counts = (TROUBLE && d_age >= OLD); unknown() }
	OR_DIE OR_FAIL
	fi;
absent:
	if
	:: atomic { true -> hang_up(); /* model: ABSENT */
#ifdef LATE_AGE
		age = d_age;
#endif
		if
		:: ABSENCE_PROVEN -> got = REFUSED; refused()
		:: !ABSENCE_PROVEN -> counts = EARLY_COUNTS; unknown() /* too early: it counts when patience ends */
		fi
	   }
	OR_DIE OR_FAIL
	fi;

resend:
	if
	:: atomic { RESENDABLE && call_left[w] > 0 && ROOM -> age = 0; send() } /* model: RESEND */
	:: atomic { !RESENDABLE || call_left[w] == 0 -> counts = true; unknown() }
	OR_DIE
	fi;
	if
	:: atomic { answer[w] == REFUSED && call_left[w] > 0 && !renewed -> /* model: ASK_AGAIN */
		renewed = true; answer[w] = NONE; age = d_age; goto resend
	   }
	:: atomic { ANSWERED -> hear();
		if
		:: got == CREATED || got == DUPLICATE -> published()
		:: got == INVALID -> refused()
		:: got == CUT -> counts = d_age >= OLD; unknown()
		:: got == REFUSED -> counts = true; unknown()
		fi
	   }
	:: atomic { !calm && ANSWERED -> finish() }
	OR_DIE
	fi;

give_up:
	if
	:: atomic { true -> /* model: END_UNCERTAIN */
		if
		:: RECORDS -> assert(TROUBLE || !readable); become(UNKNOWN); done() /* only what is unknowable */
		:: !RECORDS -> leave()
		fi
	   }
	OR_DIE OR_FAIL
	fi
}

/* A post is accepted by one write, or, on a store without transactions, by several. */
proctype Accept() {
	if
	:: atomic { true -> d_state = ACCEPTED; j_live = true } /* model: INSERT */
#ifdef NO_TRANSACTIONS
	:: atomic { true -> d_state = ACCEPTED } /* and the process dies */
#endif
	fi
}

/* A delivery that is to go on and has no job gets one. */
proctype Sweep() {
end:	do
#ifndef NO_SWEEP
	:: atomic { d_state != ABSENT && !FINAL && !j_live -> j_live = true } /* model: SWEEP */
#endif
	:: false
	od
}

#ifndef STORM
/* One day, nothing dies any more. */
proctype Weather() { calm = true }

/* When nothing moves any more, everything has ended, and is told as it is. */
proctype Watch() {
end:	timeout -> assert(d_state == UNKNOWN || d_state == PUBLISHED && n_posts == 1 || d_state == FAILED && n_posts == 0)
}
#endif

init {
	atomic {
		readable = (NET == READS || NET == BOTH);
		refuses_twice = (NET == REFUSES || NET == BOTH);
#ifdef BAD
		refuses_content = true;
#endif
		run Clock(); run Network(); run Accept(); run Sweep(); run Worker(0);
#ifndef ALONE
		run Worker(1);
#endif
#ifndef STORM
		run Weather(); run Watch()
#endif
	}
}

/* Once the weather is calm, everything ends: nothing goes round in circles. */
#ifdef LIVENESS
ltl ends { <>calm -> <>(d_state == PUBLISHED || d_state == FAILED || d_state == UNKNOWN) }
#endif
