-- What NServiceBus 10.2 made of an empty database, as pg_dump writes it.
CREATE TABLE public."Billing_OutboxData" (
    "MessageId" character varying(200) NOT NULL,
    "Dispatched" boolean DEFAULT false NOT NULL,
    "DispatchedAt" timestamp without time zone,
    "PersistenceVersion" character varying(23),
    "Operations" jsonb NOT NULL
);
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
ALTER TABLE ONLY public."Billing_OutboxData"
    ADD CONSTRAINT "Billing_OutboxData_pkey" PRIMARY KEY ("MessageId");
ALTER TABLE ONLY public."Sales_OrderSaga"
    ADD CONSTRAINT "Sales_OrderSaga_pkey" PRIMARY KEY ("Id");
ALTER TABLE ONLY public."Sales_OutboxData"
    ADD CONSTRAINT "Sales_OutboxData_pkey" PRIMARY KEY ("MessageId");
CREATE INDEX "Index_Dispatched" ON public."Billing_OutboxData" USING btree ("Dispatched");
CREATE INDEX "Index_DispatchedAt" ON public."Billing_OutboxData" USING btree ("DispatchedAt");
CREATE UNIQUE INDEX "Sales__i_9ACA1354611B1EEE42F739F02F62E0AB88D036F3" ON public."Sales_OrderSaga" USING btree ("Correlation_OrderId");
