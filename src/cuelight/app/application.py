"""Putting the rooms together."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from cuelight.api import Context, health_routes
from cuelight.api import routes as api_routes
from cuelight.api.context import MOST_STREAMS, MOST_WAITING
from cuelight.api.waiting import Waiting
from cuelight.app.entrance import entrance_of, issuers_of, sessions_of
from cuelight.app.integrations import integrations_of
from cuelight.app.observer import MetricsObserver
from cuelight.app.roles import Roles
from cuelight.asgi import application as asgi_application
from cuelight.asgi.guard import Entrance
from cuelight.asgi.table import open_routes
from cuelight.catalog import CatalogEngine, Cause, Reader, configure, engage, forget_deletions
from cuelight.catalog.local import LocalFiles, LocalReader, LocalWatch
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.queries import count_catalog
from cuelight.catalog.rehearsal import Rehearsal
from cuelight.clock import SECOND, Clock, SystemClock
from cuelight.db import Database, open_database
from cuelight.db.url import is_postgresql, sqlite_path
from cuelight.events import EventsClient, Handler, backend_class
from cuelight.events.queries import count_dead_letters
from cuelight.fetch import Allowed, Fetch
from cuelight.journal import Journal, let_go
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Parts, Scanner, Sweeper, Upkeep, Verifier
from cuelight.repositories import (
    PageReader,
    PageShelf,
    Reconciler,
    Recorder,
    Registry,
    RepositoryReader,
    forget_ended,
    let_go_of_claims,
    measure_staleness,
)
from cuelight.repositories.elsewhere import wake_readable
from cuelight.repositories.live import LiveReader
from cuelight.schedule import Periodic, let_go_of_leases
from cuelight.scm import Integration
from cuelight.settings import Settings
from cuelight.telemetry import Metrics
from cuelight.ui import Pages, make_pages
from cuelight.ui import routes as ui_routes
from cuelight.webhooks import Ingress, WebhookGateway
from cuelight.webhooks.disk import Disk

TIDY_EVERY = 3600.0
"""Seconds between looks for deliveries that are old enough to go."""
KEYS_LIMIT = 1024**2
"""Bytes of the keys that an issuer of tokens publishes."""


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription that somebody besides the built-in rooms wants."""

    name: str
    topics: Sequence[str]
    handler: Handler
    start: str | int = "new"


class Application:
    """A Cuelight over an open database. `open` it, then `run` it beside its listeners."""

    def __init__(self, settings: Settings, db: Database, fetch: Fetch, clock: Clock, metrics: Metrics) -> None:
        self.settings = settings
        self.db = db
        self.clock = clock
        self.metrics = metrics
        self.integrations: Sequence[Integration] = integrations_of(settings, fetch, clock)
        self.registry = Registry(self.integrations)
        self.allowed = Allowed(settings.backend.reading.allow)
        self.pages = PageReader(db, fetch.outside(self.allowed), clock, settings.catalog.processing_interval)
        files = LocalFiles(settings.catalog.local_roots())
        self.files = LocalWatch(db, files, clock, settings.catalog.processing_interval)
        self.sessions = sessions_of(settings, clock)
        self._keys = fetch.outside(Allowed(issuers_of(settings)))
        backend = backend_class(settings.event_system.client)(db, clock)
        self.events = EventsClient(db, backend, clock, metrics)
        self.journal = Journal(db, self.events, metrics)
        self.reconciler = Reconciler(db, self.registry, clock, metrics)
        self.engine = self._engine(db)
        self.engine.observe(MetricsObserver(metrics))
        self.upkeep = self._upkeep()
        self.streams, self.waiting = Waiting(MOST_STREAMS), Waiting(MOST_WAITING)
        self._opened = False

    async def open(self, subscribers: Sequence[Subscriber] = ()) -> None:
        """Declare every subscription, so that none misses what the ingress takes from now on; let go of old claims."""
        recorder = Recorder(self.registry.providers)
        for integration in self.integrations:
            self.events.subscribe(f"repositories.{integration.name}", integration.webhook.topics, recorder.handle)
        for subscriber in subscribers:
            self.events.subscribe(subscriber.name, subscriber.topics, subscriber.handler, start=subscriber.start)
        await self.events.open()
        cause = Cause(id="configuration", at=self.db.now())
        catalog = self.settings.catalog
        await self.db.transact(lambda tx: engage(tx, catalog.brake()))
        await self.db.transact(lambda tx: configure(tx, catalog.static(), cause))
        if self.db.exclusive:
            await let_go_of_leases(self.db)
            await let_go_of_claims(self.db)
            await self.engine.recover()
            await self.pages.recover()
        await wake_readable(self.db, self._is_readable, cause)
        self._opened = True

    async def run(self, roles: Roles) -> None:
        """Do the work of *roles* until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.journal.rejections.run(), name="rejections")
            if roles.worker:
                tasks.create_task(self.events.run(), name="events")
                tasks.create_task(self.reconciler.run(), name="reconciler")
                tasks.create_task(self.pages.run(), name="pages")
                tasks.create_task(self.files.run(), name="local files")
                tasks.create_task(self.engine.run(), name="catalog")
                tasks.create_task(self.upkeep.run(), name="upkeep")
                tasks.create_task(self._tidy(), name="tidy")

    def asgi(self, roles: Roles) -> ASGIApp:
        """What answers HTTP: the entry point in front, then the API and the pages, for whom the entrance lets in."""
        routes = self.routes(roles)
        answering = asgi_application(routes, self.clock, entrance=self._entrance())
        return WebhookGateway(answering, self._ingress()) if roles.ingress else answering

    def outer_asgi(self) -> ASGIApp:
        """What answers on the webhooks' own listener: the entry point, and whether we are well; nothing else."""
        answering = asgi_application(open_routes(health_routes(self._context())), self.clock)
        return WebhookGateway(answering, self._ingress())

    def routes(self, roles: Roles) -> Sequence[BaseRoute]:
        """Every route of a process with *roles*, but for the entry point."""
        context = self._context()
        if not roles.api:
            return health_routes(context)
        return [*api_routes(context), *ui_routes(self._pages())]

    async def settled(self) -> None:
        """Return once no repository is due and the catalog is at rest, which may ask for one; the work has to be running."""
        resting = False
        while not resting:
            await self.reconciler.settled()
            await self._read_pages()
            await self.engine.settled()
            resting = not await self.reconciler.busy() and not await self._reading()

    async def _read_pages(self) -> None:
        while await self._reading():
            await self.clock.sleep(0.05)

    async def _reading(self) -> bool:
        return self.files.busy or await self.pages.busy()

    def dismiss(self) -> None:
        """Have requests end that would stay for long: feeds, and questions that wait."""
        self.streams.end()
        self.waiting.end()

    async def close(self) -> None:
        """Let go of the engine of events; the database is its opener's."""
        await self.events.close()

    async def _tidy(self) -> None:
        async def tidy() -> None:
            await let_go(self.db)
            await forget_ended(self.db)
            await forget_deletions(self.db)

        await Periodic(tidy, self.clock, TIDY_EVERY, name="tidy").run()

    def _ingress(self) -> Ingress:
        limits = self.settings.backend.ingress
        url = self.settings.backend.database.url.reveal()
        folder = None if is_postgresql(url) else sqlite_path(url).resolve().parent
        disk = None if folder is None else Disk(folder, limits.minimum_free_disk, self.clock)
        ingress = Ingress(self.journal, clock=self.clock, metrics=self.metrics, disk=disk, limits=limits)
        for integration in self.integrations:
            ingress.attach(integration.webhook)
        return ingress

    def _entrance(self) -> Entrance:
        return entrance_of(self.settings, self.sessions, self._issued_keys, self.clock)

    async def _issued_keys(self, url: str) -> bytes:
        """The keys that an issuer of tokens publishes at *url*."""
        return (await self._keys.get(url, limit=KEYS_LIMIT)).body

    def _context(self) -> Context:
        return Context(
            db=self.db,
            clock=self.clock,
            metrics=self._metrics_text,
            readiness=self._readiness,
            registry=self.registry,
            registering=self.settings.catalog.registering(),
            rehearsing=self._rehearsal(),
            streams=self.streams,
            waiting=self.waiting,
        )

    def _engine(self, db: Database) -> CatalogEngine:
        """The engine over *db*: this program's own, or one that rebuilds the catalog to compare it."""
        processors = find_processors(self._ingredients())
        return CatalogEngine(db, self.clock, self._reader(), processors, self.settings.catalog.conduct())

    def _is_readable(self, url: str) -> bool:
        return self.allowed.covers(url) or self.registry.place(url) is not None

    def _ingredients(self) -> Ingredients:
        return Ingredients(urls=self.registry.urls_of, preferences=self.settings.catalog.preferences())

    def _reader(self) -> Reader:
        return LocalReader(RepositoryReader(self.registry, PageShelf(self.allowed)), self.files.files)

    def _pages(self) -> Pages:
        """The pages, which name the listener that webhooks have of their own, if they have one."""
        apart = self.settings.backend.ingress.listen
        place = f"http://<your host>:{apart.port}" if apart else ""
        return make_pages(self.db, self.clock, self.sessions, webhooks=f"{place}/webhooks/github")

    def _rehearsal(self) -> Rehearsal:
        """What dry runs go through: the engine's own steps, over files that are read live."""
        conduct = self.settings.catalog.conduct()
        pipeline = Pipeline(find_processors(self._ingredients()), opted_in=conduct.opted_in)
        return Rehearsal(pipeline, conduct.rules, lambda: LiveReader(self.db, self.registry, self.pages.read))

    def _upkeep(self) -> Upkeep:
        sweeper = Sweeper(self.db, self.registry, self.clock)
        parts = Parts(
            sweeper=sweeper,
            scanner=Scanner(self.db, self.registry, sweeper),
            verifier=Verifier(self.db, self.registry, self.clock, self._engine),
        )
        return Upkeep(self.db, self.clock, self.settings.repair, parts)

    async def _metrics_text(self) -> bytes:
        counts = await count_catalog(self.db)
        entities = {kind.kind: kind.count for kind in counts.kinds}
        self.metrics.braked(counts.held_back)
        stale = await measure_staleness(self.db)
        self.metrics.staleness(stale.oldest / SECOND, waiting=stale.waiting, unsettled=stale.unsettled)
        return self.metrics.render(entities, await count_dead_letters(self.db))

    async def _readiness(self) -> Mapping[str, str | None]:
        trouble = self.db.trouble
        return {
            "start": None if self._opened else "subscriptions are being declared",
            "database": trouble and f"it cannot be written: {trouble}",
        }


@asynccontextmanager
async def application(
    settings: Settings, *, clock: Clock | None = None, subscribers: Sequence[Subscriber] = ()
) -> AsyncIterator[Application]:
    """Open the database and everything over it; an `Application` that is ready to run."""
    time = clock or SystemClock()
    metrics = Metrics()
    async with AsyncExitStack() as closing:
        db = await open_database(settings.backend.database.url.reveal(), time)
        closing.push_async_callback(db.close)
        fetch = Fetch(settings.backend.fetch, time, observe=metrics.host_request)
        closing.push_async_callback(fetch.aclose)
        app = Application(settings, db, fetch, time, metrics)
        closing.push_async_callback(app.close)
        await app.open(subscribers)
        yield app
