-- What NServiceBus 10.2 made of an empty database, as pg_dump writes it.
CREATE TABLE public."Billing" (
    id uuid NOT NULL,
    expires timestamp without time zone,
    headers text NOT NULL,
    body bytea,
    seq integer NOT NULL
);
CREATE TABLE public."Billing.Delayed" (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    headers text NOT NULL,
    body bytea,
    due timestamp with time zone NOT NULL
)
WITH (fillfactor='100');
CREATE TABLE public."Billing_OutboxData" (
    "MessageId" character varying(200) NOT NULL,
    "Dispatched" boolean DEFAULT false NOT NULL,
    "DispatchedAt" timestamp without time zone,
    "PersistenceVersion" character varying(23),
    "Operations" jsonb NOT NULL
);
CREATE SEQUENCE public."Billing_seq_seq"
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public."Billing_seq_seq" OWNED BY public."Billing".seq;
CREATE TABLE public.error (
    id uuid NOT NULL,
    expires timestamp without time zone,
    headers text NOT NULL,
    body bytea,
    seq integer NOT NULL
);
CREATE SEQUENCE public.error_seq_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.error_seq_seq OWNED BY public.error.seq;
CREATE TABLE public."Particular.Monitoring" (
    id uuid NOT NULL,
    expires timestamp without time zone,
    headers text NOT NULL,
    body bytea,
    seq integer DEFAULT nextval('public.error_seq_seq'::regclass) NOT NULL
);
CREATE TABLE public."Particular.ServiceControl" (
    id uuid NOT NULL,
    expires timestamp without time zone,
    headers text NOT NULL,
    body bytea,
    seq integer DEFAULT nextval('public.error_seq_seq'::regclass) NOT NULL
);
CREATE TABLE public."Sales" (
    id uuid NOT NULL,
    expires timestamp without time zone,
    headers text NOT NULL,
    body bytea,
    seq integer NOT NULL
);
CREATE TABLE public."Sales.Delayed" (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    headers text NOT NULL,
    body bytea,
    due timestamp with time zone NOT NULL
)
WITH (fillfactor='100');
CREATE TABLE public."Sales_OrderSaga" (
    "Id" uuid NOT NULL,
    "Metadata" text NOT NULL,
    "Data" jsonb NOT NULL,
    "PersistenceVersion" character varying(23),
    "SagaTypeVersion" character varying(23),
    "Concurrency" integer NOT NULL,
    "Correlation_OrderId" uuid
);
CREATE TABLE public."Sales_OutboxData" (
    "MessageId" character varying(200) NOT NULL,
    "Dispatched" boolean DEFAULT false NOT NULL,
    "DispatchedAt" timestamp without time zone,
    "PersistenceVersion" character varying(23),
    "Operations" jsonb NOT NULL
);
CREATE SEQUENCE public."Sales_seq_seq"
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public."Sales_seq_seq" OWNED BY public."Sales".seq;
CREATE TABLE public."SubscriptionRouting" (
    queueaddress character varying(200) NOT NULL,
    endpoint character varying(200) NOT NULL,
    topic character varying(200) NOT NULL
)
WITH (fillfactor='100');
CREATE TABLE public.audit (
    id uuid NOT NULL,
    expires timestamp without time zone,
    headers text NOT NULL,
    body bytea,
    seq integer NOT NULL
);
CREATE SEQUENCE public.audit_seq_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_seq_seq OWNED BY public.audit.seq;
ALTER TABLE ONLY public."Billing" ALTER COLUMN seq SET DEFAULT nextval('public."Billing_seq_seq"'::regclass);
ALTER TABLE ONLY public."Sales" ALTER COLUMN seq SET DEFAULT nextval('public."Sales_seq_seq"'::regclass);
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT nextval('public.audit_seq_seq'::regclass);
ALTER TABLE ONLY public.error ALTER COLUMN seq SET DEFAULT nextval('public.error_seq_seq'::regclass);
ALTER TABLE ONLY public."Billing.Delayed"
    ADD CONSTRAINT "Billing.Delayed_pkey" PRIMARY KEY (id);
ALTER TABLE ONLY public."Billing_OutboxData"
    ADD CONSTRAINT "Billing_OutboxData_pkey" PRIMARY KEY ("MessageId");
ALTER TABLE ONLY public."Billing"
    ADD CONSTRAINT "Billing_pkey" PRIMARY KEY (id);
ALTER TABLE ONLY public."Billing"
    ADD CONSTRAINT "Billing_seq_key" UNIQUE (seq);
ALTER TABLE ONLY public."Particular.Monitoring"
    ADD CONSTRAINT "Particular.Monitoring_pkey" PRIMARY KEY (id);
ALTER TABLE ONLY public."Particular.Monitoring"
    ADD CONSTRAINT "Particular.Monitoring_seq_key" UNIQUE (seq);
ALTER TABLE ONLY public."Particular.ServiceControl"
    ADD CONSTRAINT "Particular.ServiceControl_pkey" PRIMARY KEY (id);
ALTER TABLE ONLY public."Particular.ServiceControl"
    ADD CONSTRAINT "Particular.ServiceControl_seq_key" UNIQUE (seq);
ALTER TABLE ONLY public."Sales.Delayed"
    ADD CONSTRAINT "Sales.Delayed_pkey" PRIMARY KEY (id);
ALTER TABLE ONLY public."Sales_OrderSaga"
    ADD CONSTRAINT "Sales_OrderSaga_pkey" PRIMARY KEY ("Id");
ALTER TABLE ONLY public."Sales_OutboxData"
    ADD CONSTRAINT "Sales_OutboxData_pkey" PRIMARY KEY ("MessageId");
ALTER TABLE ONLY public."Sales"
    ADD CONSTRAINT "Sales_pkey" PRIMARY KEY (id);
ALTER TABLE ONLY public."Sales"
    ADD CONSTRAINT "Sales_seq_key" UNIQUE (seq);
ALTER TABLE ONLY public."SubscriptionRouting"
    ADD CONSTRAINT "SubscriptionRouting_pkey" PRIMARY KEY (endpoint, topic);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_seq_key UNIQUE (seq);
ALTER TABLE ONLY public.error
    ADD CONSTRAINT error_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.error
    ADD CONSTRAINT error_seq_key UNIQUE (seq);
CREATE INDEX "Billing.Delayed_Due" ON public."Billing.Delayed" USING btree (due);
CREATE INDEX "Index_Dispatched" ON public."Billing_OutboxData" USING btree ("Dispatched");
CREATE INDEX "Index_DispatchedAt" ON public."Billing_OutboxData" USING btree ("DispatchedAt");
CREATE INDEX "Sales.Delayed_Due" ON public."Sales.Delayed" USING btree (due);
CREATE UNIQUE INDEX "Sales__i_9ACA1354611B1EEE42F739F02F62E0AB88D036F3" ON public."Sales_OrderSaga" USING btree ("Correlation_OrderId");
