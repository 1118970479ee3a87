# Only Go and make are needed for `make build`, `make test` and `make demo`.

GO ?= go
GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
VERSITYGW_VERSION := v1.8.0
VERSITYGW := bin/versitygw-$(VERSITYGW_VERSION)
MONGO_SERVER := bin/mongo-server/mongo-server
MONGO_SERVER_SOURCE := core/store/mongo/mongotest/server
BLUESKY_SERVER := bin/bluesky-server
# Where nothing could be installed the variable is empty, and tests say what they did not try.
WITH_BLUESKY_SERVER = CRIER_INTEROP_PDS="$$([ ! -d $(BLUESKY_SERVER) ] || echo '$(CURDIR)/$(BLUESKY_SERVER)')"
CRASH_ON_BLUESKY_SERVER := ^TestKilledAtAnyMomentOnAGenuineServer$$
# Packages whose tests run on any store: their tests get it from dbtest.
STORE_PACKAGES = $(shell $(GO) list -f '{{$$package := .ImportPath}}{{range .XTestImports}}{{if eq . "github.com/crier-social/crier/core/store/storetest/dbtest"}}{{$$package}}{{end}}{{end}}' ./...)
# The tests of the program in files that ask for a database of the server; one of them measures
# what an outage costs, which nothing else may do beside it.
MONGO_TESTS = $(shell sed -n 's/^func \(Test[A-Za-z0-9_]*\).*/^\1$$/p' $$(grep -l 'mongotest\.NewURL' cmd/crier/*_test.go) | paste -s -d '|' -)
OUTAGE_TEST := ^TestOutageOfTheDatabase$$

FUZZTIME ?= 20s
BENCH ?= .
BENCHTIME ?= 1s
DURATION ?= 1h
SOAK_RATE ?= 5

KILLS ?= 50
SEED ?= 20261121
NETWORK ?= linkedin

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS := -s -w $(if $(VERSION),-X main.version=$(VERSION))

# The race detector needs a C compiler.
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null || command -v clang 2>/dev/null)
CGO := $(shell $(GO) env CGO_ENABLED)
ifeq ($(and $(CC_FOUND),$(filter 1,$(CGO))),)
RACE :=
else
RACE := -race
endif

.PHONY: help build test lint fmt generate check-generated tidy fuzz bench bench-smoke interop interop-linkedin interop-bluesky bluesky-server interop-media interop-bucket interop-tools interop-server interop-browser interop-chromium interop-webhooks interop-mail interop-cluster interop-cluster-tools check-manifests test-mongo mongo-server crash crash-bluesky crash-mongo soak model model-tools hostile network demo clean

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  %-21s %s\n", $$1, $$2 }'

# nomsgpack leaves a codec out of gin that nothing here uses, and which makes the binary a sixth larger.
build: ## Build bin/crier, a static binary.
	CGO_ENABLED=0 $(GO) build -tags nomsgpack -trimpath -ldflags '$(LDFLAGS)' -o bin/crier ./cmd/crier

# The time limit is for hanging alone: a machine that is slow, or does other things, needs longer
# for the program's tests than the 10 minutes of go test, since they start many processes.
test: ## Run all tests, with the race detector where there is a C compiler.
ifeq ($(RACE),)
	@echo '*** NO C COMPILER FOUND: THE TESTS RUN WITHOUT THE RACE DETECTOR ***' >&2
endif
ifeq ($(CRIER_TEST_MONGO_URL),)
	@echo '*** CRIER_TEST_MONGO_URL IS NOT SET: NOTHING IS TESTED WITH MONGODB (make test-mongo STARTS A SERVER) ***' >&2
endif
	$(GO) test $(RACE) -shuffle=on -timeout 20m ./...

test-mongo: mongo-server ## Run the tests of the store, and of all above it, with a MongoDB server that is built and started here.
	$(MONGO_SERVER_SOURCE)/with.sh $(MONGO_SERVER) env CRIER_TEST_STORE=mongo $(GO) test -shuffle=on -count 1 ./core/store/mongo/... $(STORE_PACKAGES)
	$(MONGO_SERVER_SOURCE)/with.sh $(MONGO_SERVER) $(GO) test -run '$(MONGO_TESTS)' -skip '$(OUTAGE_TEST)' -count 1 ./cmd/crier
	$(MONGO_SERVER_SOURCE)/with.sh $(MONGO_SERVER) $(GO) test -run '$(OUTAGE_TEST)' -count 1 ./cmd/crier
	$(MONGO_SERVER_SOURCE)/with.sh $(MONGO_SERVER) $(GO) test -run '^$$' -bench . -benchtime 1x ./core/store/mongo

mongo-server: ## Build the server of test-mongo, after installing a JDK and Maven where that is allowed.
	@$(MAKE) --silent --question $(MONGO_SERVER) || $(MONGO_SERVER_SOURCE)/tools.sh
	@$(MAKE) --no-print-directory $(MONGO_SERVER)

$(MONGO_SERVER): $(MONGO_SERVER_SOURCE)/TestServer.java $(MONGO_SERVER_SOURCE)/pom.xml $(MONGO_SERVER_SOURCE)/build.sh
	$(MONGO_SERVER_SOURCE)/build.sh $(dir $@)

lint: $(GOLANGCI_LINT) ## Run the linters, after installing the pinned version into bin.
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run ./...

fmt: $(GOLANGCI_LINT) ## Format all Go files.
	$(GOLANGCI_LINT) fmt ./...

$(GOLANGCI_LINT):
	@mkdir -p bin
	GOBIN='$(CURDIR)/bin' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv bin/golangci-lint $@

generate: ## Write the generated files anew.
	$(GO) generate ./...

check-generated: ## Fail when a generated file is stale.
	@before=$$(git status --porcelain; git diff | cksum); \
	$(MAKE) --no-print-directory generate || exit 1; \
	after=$$(git status --porcelain; git diff | cksum); \
	if [ "$$before" != "$$after" ]; then \
		echo 'generated files were stale; commit what changed:' >&2; git status --short >&2; exit 1; \
	fi

tidy: ## Fail when go.mod or go.sum is not tidy.
	$(GO) mod tidy -diff
	$(GO) mod verify

fuzz: ## Run every fuzz target for FUZZTIME.
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

define WITHOUT_MONGO
	@[ -n '$(CRIER_TEST_MONGO_URL)' ] || echo '*** CRIER_TEST_MONGO_URL IS NOT SET: NOTHING IS MEASURED WITH MONGODB ***' >&2
endef

bench: ## Run the benchmarks, each beside its baseline.
	$(WITHOUT_MONGO)
	$(GO) test -p 1 -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -timeout 30m ./...

bench-smoke: ## Run every benchmark once, to see that it works.
	$(WITHOUT_MONGO)
	$(GO) test -run '^$$' -bench . -benchtime 1x -short ./...

interop: interop-linkedin interop-bluesky interop-media interop-bucket interop-browser interop-webhooks interop-mail interop-cluster ## Run what nobody here wrote against Crier: clients, files and servers.

interop-linkedin: ## Run LinkedIn's own client against the sandbox; needs npm.
	$(GO) test -tags interop -count 1 -v ./providers/linkedin/interop/...

interop-bluesky: bluesky-server ## Run a genuine Bluesky server, which the sandbox is held against; needs npm.
	$(WITH_BLUESKY_SERVER) $(GO) test -tags interop -count 1 -v ./providers/bluesky/interop/... $(UPDATE)
	$(WITH_BLUESKY_SERVER) $(GO) test -tags interop -run '^TestAnswersOfAGenuineServer$$' -count 1 -v ./providers/bluesky/sandbox
	$(WITH_BLUESKY_SERVER) $(GO) test -tags interop -run '^TestGenuineBluesky|$(CRASH_ON_BLUESKY_SERVER)' -count 1 -v ./cmd/crier

# One that is installed already is left as it is.
bluesky-server: ## Install the server of interop-bluesky into bin, and compile its SQLite where no build of it can be downloaded.
	@providers/bluesky/pdstest/server/install.sh $(BLUESKY_SERVER) || [ "$(CRIER_INTEROP_REQUIRE)" != 1 ]

# With CRIER_INTEROP_REQUIRE=1 a missing program is a failure; else the tests are
# skipped, loudly. Posts mostly wait, so that many can be under way.
interop-media: interop-tools ## Publish real files, made by ffmpeg and LibreOffice.
	$(GO) test -tags interop -count 1 -parallel 8 -v ./cmd/crier/interop

interop-browser: interop-chromium ## Link accounts in Chromium; with UPDATE=-update write the pictures of the documentation anew.
	$(GO) test -tags interop -count 1 -v ./cmd/crier/interop/browser $(UPDATE)

interop-chromium: ## Install Chromium, where that is allowed.
	@cmd/crier/interop/browser/tools.sh || [ "$(CRIER_INTEROP_REQUIRE)" != 1 ]

interop-webhooks: ## Run the SDK of the API and a library that verifies webhooks against the server; needs npm.
	$(GO) test -tags interop -count 1 -v ./cmd/crier/interop/hooks

interop-mail: ## Send mail through real mail servers; needs npm.
	$(GO) test -tags interop -count 1 -v ./cmd/crier/interop/mail

interop-cluster: interop-cluster-tools $(VERSITYGW) ## Run what the folder deploy has: servers and workers behind HAProxy on one database, replaced under load.
	$$([ ! -x $(MONGO_SERVER) ] || echo $(MONGO_SERVER_SOURCE)/with.sh $(MONGO_SERVER)) env CRIER_INTEROP_S3_SERVER='$(CURDIR)/$(VERSITYGW)' \
		$(GO) test -tags interop -count 1 -v ./cmd/crier/interop/cluster

interop-cluster-tools: ## Install HAProxy, systemd-analyze and openssl, and build the server of test-mongo, where that is allowed.
	@cmd/crier/interop/cluster/tools.sh && $(MAKE) --no-print-directory mongo-server || [ "$(CRIER_INTEROP_REQUIRE)" != 1 ]

# Its module is its own, for the sake of the product's go.mod.
check-manifests: ## Read the manifests of Kubernetes with its own types.
	cd deploy/kubernetes/schema && $(GO) test -count 1 ./...

interop-bucket: $(VERSITYGW) ## Keep uploads in a real S3 server, after installing the pinned version into bin.
	CRIER_INTEROP_S3_SERVER='$(CURDIR)/$(VERSITYGW)' $(GO) test -tags interop -run '^TestInterop' -count 1 -v ./media/gallery/s3blob

interop-server: $(VERSITYGW) ## Install the S3 server of interop-bucket.

$(VERSITYGW):
	@mkdir -p bin
	GOBIN='$(CURDIR)/bin' $(GO) install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION)
	mv bin/versitygw $@

interop-tools: ## Install ffmpeg, LibreOffice and poppler, where that is allowed.
	@cmd/crier/interop/tools.sh || [ "$(CRIER_INTEROP_REQUIRE)" != 1 ]

# CRASH_PROGRAM is the real program, for which time passes as it does; make test kills
# the test binary instead, acting as the program, whose clock can be moved ahead.
crash: build ## Kill the server KILLS times (50) by the plan of SEED while it publishes to NETWORK (linkedin), and judge every post.
	CRASH_NETWORK=$(NETWORK) CRASH_KILLS=$(KILLS) CRASH_SEED=$(SEED) CRASH_PROGRAM='$(CURDIR)/bin/crier' \
		$(GO) test -run '^TestKilledAtAnyMoment$$' -count 1 -timeout 3h -v ./cmd/crier

crash-bluesky: build bluesky-server ## The same on a genuine Bluesky server.
	$(WITH_BLUESKY_SERVER) CRASH_KILLS=$(KILLS) CRASH_SEED=$(SEED) CRASH_PROGRAM='$(CURDIR)/bin/crier' \
		$(GO) test -tags interop -run '$(CRASH_ON_BLUESKY_SERVER)' -count 1 -timeout 3h -v ./cmd/crier

crash-mongo: build mongo-server ## The same with three servers and two workers on one MongoDB database, which is also cut off now and then.
	CRASH_NETWORK=$(NETWORK) CRASH_KILLS=$(KILLS) CRASH_SEED=$(SEED) CRASH_PROGRAM='$(CURDIR)/bin/crier' $(MONGO_SERVER_SOURCE)/with.sh $(MONGO_SERVER) \
		$(GO) test -run '^TestFleetKilledAtAnyMoment$$' -count 1 -timeout 3h -v ./cmd/crier

soak: ## Load a server for DURATION with SOAK_RATE requests a second; fail when memory, files or latency grow, or a post is lost or doubled.
	$(GO) test -run '^TestSoak$$' -count 1 -timeout 0 -v ./cmd/crier -soak $(DURATION) -soak-rate $(SOAK_RATE)

model: model-tools ## Verify the model of the delivery protocol; and that it fails without its safeguards.
	core/publish/model/check.sh

model-tools: ## Install spin, where that is allowed.
	@core/publish/model/tools.sh

hostile: ## Send 10,000 hostile inputs to a whole server; with the race detector, make test sends 1,000.
	$(GO) test -run '^TestHostile' -count 1 -v ./cmd/crier

# They are told by the environment, which takes quotes as they are.
network: export NETWORK_NAME = $(NAME)
network: export NETWORK_TITLE = $(TITLE)
network: ## Begin the adapter of a network: make network NAME=example TITLE=Example.
	@$(GO) run ./providers/template/generate -name "$$NETWORK_NAME" -title "$$NETWORK_TITLE"

demo: ## Start everything with a LinkedIn sandbox and publish a post.
	$(GO) run ./cmd/crier demo

clean: ## Remove what building left behind.
	rm -rf bin
