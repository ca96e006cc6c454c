# The commands of this project; `make` alone lists them.
SHELL := /bin/bash
PYTHON_VENV := .venv/bin/python
# make test ARGS="-k suche -x"
ARGS ?=

.DEFAULT_GOAL := hilfe
.PHONY: hilfe setup demo test test-postgres dauer lint format heft heft-bogen heft-pruefen kubernetes-pruefen s3-pruefen oidc-pruefen lighthouse luecken bench bilder handbuch requirements clean abbild-pruefen stueckliste

hilfe: ## zeigt diese Liste
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: ## richtet alles ein: .venv, Python-Pakete, Oberfläche, Systembibliotheken
	@MAKECMDGOALS="$(MAKECMDGOALS)" PYTHON="$(PYTHON)" bash skripte/einrichten.sh

demo: setup ## startet die Anwendung mit der echten Konferenz (anderer Port: make demo PORT=8001)
	@$(PYTHON_VENV) manage.py demo $(if $(PORT),--port $(PORT))

# DEBUG=1: without it a DATABASE_URL from outside would make this a deployment that asks for a secret.
test: setup ## prüft alles, was dieser Rechner kann, und sagt am Ende, was ausgelassen wurde
	@DEBUG=1 $(PYTHON_VENV) -m pytest $(ARGS)

test-postgres: setup ## dasselbe ohne Browser auf einem PostgreSQL, das nur dafür gestartet wird
	@bash skripte/mit_postgres.sh $(PYTHON_VENV) -m pytest -m "not browser and not verbund" $(ARGS)

dauer: setup ## lässt die langen Tests in voller Länge laufen, ohne ARGS danach auch die Suche nach Lücken
	@DEBUG=1 DAUER=1 $(PYTHON_VENV) -m pytest -m dauer $(ARGS)
	@$(if $(ARGS),true,$(PYTHON_VENV) skripte/luecken.py)

lint: setup ## prüft Stil, Typen, Migrationen und die Einstellungen für den Betrieb
	$(PYTHON_VENV) -m ruff check .
	$(PYTHON_VENV) -m ruff format --check .
	$(PYTHON_VENV) -m mypy .
	DEBUG=1 $(PYTHON_VENV) manage.py makemigrations --check --dry-run
	SECRET_KEY="$$(head -c 48 /dev/urandom | base64)" ALLOWED_HOSTS=doku.example.de \
		$(PYTHON_VENV) manage.py check --deploy --fail-level WARNING

stueckliste: setup ## schreibt die Stückliste der Software (CycloneDX) nach build/ und prüft sie am Schema
	@$(PYTHON_VENV) skripte/stueckliste.py build/stueckliste.cdx.json

format: setup ## bringt den Quelltext in Form
	$(PYTHON_VENV) -m ruff check --fix .
	$(PYTHON_VENV) -m ruff format .

heft: setup ## schreibt das Heft der echten Konferenz als Folien und als Bericht nach build/
	@$(PYTHON_VENV) skripte/bilder.py --nur-heft build

heft-bogen: heft ## dazu je ein Bild mit allen Seiten zum Durchsehen
	@for form in folien bericht; do $(PYTHON_VENV) skripte/heft_bogen.py build/heft-$$form.pdf build/bogen-$$form.png; done

heft-pruefen: setup ## prüft Hefte auf PDF/UA-1 und PDF/A-3a (veraPDF, braucht Java) und hört sie ab (outloud)
	@$(PYTHON_VENV) skripte/pruefhefte.py build/pruefung
	@bash skripte/pdf_pruefen.sh build/pruefung/*.pdf

abbild-pruefen: setup ## baut und startet nach dem Dockerfile, ohne Docker (braucht root und debootstrap)
	@$(PYTHON_VENV) skripte/abbild_pruefen.py

kubernetes-pruefen: setup ## prüft betrieb/kubernetes.yaml gegen die Schemata von Kubernetes
	@bash skripte/kubernetes_pruefen.sh

s3-pruefen: setup ## prüft die Ablage in einem Objektspeicher an einem S3-Server, den es selbst startet (Ceph: CEPH=1)
	@$(if $(CEPH),bash skripte/mit_ceph.sh) bash skripte/s3_pruefen.sh $(ARGS)

oidc-pruefen: setup ## prüft die Anmeldung mit OpenID Connect an einem zertifizierten Dienst, den es selbst startet
	@$(PYTHON_VENV) skripte/oidc_pruefen.py $(ARGS)

lighthouse: setup ## lässt Lighthouse die öffentlichen Seiten beurteilen, wie ein Telefon sie bekommt (braucht Chromium)
	@$(PYTHON_VENV) skripte/lighthouse.py

luecken: setup ## sucht mit wapiti nach Lücken in der laufenden Anwendung (eine halbe bis ganze Stunde; ARGS=--kurz)
	@$(PYTHON_VENV) skripte/luecken.py $(ARGS)

bench: setup ## misst Seiten, Suche und Heft (braucht wrk und nginx; dauert eine Viertelstunde)
	@$(PYTHON_VENV) benchmarks/seiten.py --last 60
	@$(PYTHON_VENV) benchmarks/suche.py
	@$(PYTHON_VENV) benchmarks/heft.py

bilder: setup ## macht die Bilder der README neu (braucht Chromium)
	@$(PYTHON_VENV) skripte/bilder.py

handbuch: setup ## macht die Bilder des Handbuchs neu (braucht Chromium)
	@$(PYTHON_VENV) skripte/handbuch.py

# Keeps what is pinned; UPGRADE=--upgrade takes the newest that pyproject.toml allows.
requirements: ## schreibt requirements/*.txt neu (braucht uv; neueste Versionen: UPGRADE=--upgrade)
	@command -v uv >/dev/null || { echo "Dafür wird uv gebraucht: pip install uv" >&2; exit 1; }
	@festlegen() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate $(UPGRADE) "$$@"; }; \
	festlegen pyproject.toml -o requirements/betrieb.txt && \
	festlegen pyproject.toml --group dev -o requirements/entwicklung.txt && \
	festlegen pyproject.toml --extra s3 -o requirements/s3.txt && \
	festlegen pyproject.toml --extra s3 --group dev --group s3-pruefung -o requirements/s3-entwicklung.txt && \
	festlegen --group pruefung -o requirements/pruefung.txt && \
	festlegen --group luecken -o requirements/luecken.txt && \
	festlegen requirements/node.in -o requirements/node.txt

clean: ## löscht, was neu gebaut werden kann; die Datenbank bleibt
	rm -rf .venv .venv-* node_modules skripte/*/node_modules build static-gesammelt .mypy_cache .ruff_cache .pytest_cache .hypothesis
