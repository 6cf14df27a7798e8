"""booking

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 21:42:19.215022

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KEPT = (
    "recipient, subject, body, calendar, calendar_method, created_at, expires_at, next_try_at, "
    "tries, sent_at, gave_up_at, problem"
)


def upgrade():
    op.create_table('rate_counts',
    sa.Column('key_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_rate_counts'))
    )
    with op.batch_alter_table('rate_counts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rate_counts_expires_at'), ['expires_at'], unique=False)

    op.create_table('closing_days',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint('first <= last', name=op.f('ck_closing_days_in_order')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_closing_days_office_id_offices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closing_days'))
    )
    with op.batch_alter_table('closing_days', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_closing_days_office_id'), ['office_id'], unique=False)

    op.create_table('served_postcodes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.String(length=5), nullable=False),
    sa.Column('last', sa.String(length=5), nullable=False),
    sa.CheckConstraint('first <= last', name=op.f('ck_served_postcodes_in_order')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_served_postcodes_office_id_offices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_served_postcodes'))
    )
    with op.batch_alter_table('served_postcodes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_served_postcodes_first'), ['first', 'last'], unique=False)
        batch_op.create_index(batch_op.f('ix_served_postcodes_office_id'), ['office_id'], unique=False)

    op.create_table('absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_absences_in_order')),
    sa.ForeignKeyConstraint(['counsellor_id'], ['staff.id'], name=op.f('fk_absences_counsellor_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absences_counsellor_id'), ['counsellor_id'], unique=False)

    op.create_table('day_hours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('starts', sa.Time(), nullable=False),
    sa.Column('ends', sa.Time(), nullable=False),
    sa.Column('channels', sa.JSON(), nullable=False),
    sa.CheckConstraint('starts < ends', name=op.f('ck_day_hours_same_day')),
    sa.ForeignKeyConstraint(['counsellor_id'], ['staff.id'], name=op.f('fk_day_hours_counsellor_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_day_hours'))
    )
    with op.batch_alter_table('day_hours', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_day_hours_counsellor_id'), ['counsellor_id'], unique=False)

    op.create_table('external_calendars',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('url', sa.LargeBinary(), nullable=False),
    sa.Column('user', sa.LargeBinary(), nullable=True),
    sa.Column('password', sa.LargeBinary(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(length=100), nullable=True),
    sa.ForeignKeyConstraint(['counsellor_id'], ['staff.id'], name=op.f('fk_external_calendars_counsellor_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_calendars'))
    )
    with op.batch_alter_table('external_calendars', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_external_calendars_counsellor_id'), ['counsellor_id'], unique=False)

    op.create_table('holds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visitor_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('address_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=True),
    sa.Column('spoken', sa.String(length=8), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['counsellor_id'], ['staff.id'], name=op.f('fk_holds_counsellor_id_staff')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_holds_topic_id_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holds'))
    )
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_holds_address_hash'), ['address_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_holds_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_holds_visitor_hash'), ['visitor_hash'], unique=False)

    op.create_table('busy_times',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('calendar_id', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_busy_times_in_order')),
    sa.ForeignKeyConstraint(['calendar_id'], ['external_calendars.id'], name=op.f('fk_busy_times_calendar_id_external_calendars'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['counsellor_id'], ['staff.id'], name=op.f('fk_busy_times_counsellor_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_busy_times'))
    )
    with op.batch_alter_table('busy_times', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_busy_times_calendar_id'), ['calendar_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_busy_times_counsellor_id'), ['counsellor_id'], unique=False)

    op.create_table('invitations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('invited_by_id', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.Integer(), nullable=True),
    sa.Column('channel', sa.String(length=20), nullable=True),
    sa.Column('way', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=30), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('email', sa.LargeBinary(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('address', sa.LargeBinary(), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('person_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('booked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('appointment_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_invitations_appointment_id_appointments'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['counsellor_id'], ['staff.id'], name=op.f('fk_invitations_counsellor_id_staff')),
    sa.ForeignKeyConstraint(['invited_by_id'], ['staff.id'], name=op.f('fk_invitations_invited_by_id_staff')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_invitations_office_id_offices')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_invitations_topic_id_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations'))
    )
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitations_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitations_office_id'), ['office_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitations_person_hash'), ['person_hash'], unique=False)

    op.create_table('registrations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('answers', sa.LargeBinary(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('number', sa.String(length=20), nullable=True),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delete_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_registrations_appointment_id_appointments'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_registrations_office_id_offices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registrations')),
    sa.UniqueConstraint('number', name=op.f('uq_registrations_number'))
    )
    with op.batch_alter_table('registrations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registrations_delete_after'), ['delete_after'], unique=False)
        batch_op.create_index(batch_op.f('ix_registrations_office_id'), ['office_id', 'sent_at'], unique=False)

    op.create_table('reminders',
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hours_before', sa.Integer(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_reminders_appointment_id_appointments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('appointment_id', 'starts_at', 'hours_before', name=op.f('pk_reminders'))
    )
    op.create_table('waiting_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=True),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('part_of_day', sa.String(length=10), nullable=False),
    sa.Column('not_after', sa.Date(), nullable=True),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('email', sa.LargeBinary(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('contact_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('network_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_waiting_entries_appointment_id_appointments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_waiting_entries_office_id_offices')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_waiting_entries_topic_id_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiting_entries'))
    )
    with op.batch_alter_table('waiting_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_waiting_entries_appointment_id'), ['appointment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_waiting_entries_contact_hash'), ['contact_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_waiting_entries_topic_id'), ['topic_id', 'ended_at', 'created_at'], unique=False)

    op.create_table('outbox_messages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('purpose', sa.String(length=30), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('appointment_id', sa.Integer(), nullable=True),
    sa.Column('invitation_id', sa.Integer(), nullable=True),
    sa.Column('recipient', sa.LargeBinary(), nullable=False),
    sa.Column('subject', sa.LargeBinary(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('calendar', sa.LargeBinary(), nullable=True),
    sa.Column('calendar_method', sa.String(length=10), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gave_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(length=100), nullable=True),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_outbox_messages_appointment_id_appointments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitations.id'], name=op.f('fk_outbox_messages_invitation_id_invitations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_outbox_messages_office_id_offices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_messages'))
    )
    with op.batch_alter_table('outbox_messages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_messages_appointment_id'), ['appointment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_messages_invitation_id'), ['invitation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_messages_next_try_at'), ['next_try_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_messages_office_id'), ['office_id', 'sent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_messages_sent_at'), ['sent_at', 'gave_up_at', 'next_try_at'], unique=False)

    op.create_table('waiting_offers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('hold_id', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['entry_id'], ['waiting_entries.id'], name=op.f('fk_waiting_offers_entry_id_waiting_entries'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['hold_id'], ['holds.id'], name=op.f('fk_waiting_offers_hold_id_holds'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiting_offers')),
    sa.UniqueConstraint('entry_id', 'starts_at', name=op.f('uq_waiting_offers_entry_id_starts_at'))
    )
    op.execute(
        "INSERT INTO outbox_messages (kind, purpose, %(kept)s) "
        "SELECT 'mail', '', %(kept)s FROM outbox_mails" % {"kept": KEPT}
    )
    with op.batch_alter_table('outbox_mails', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_mails_next_try_at'))

    op.drop_table('outbox_mails')
    with op.batch_alter_table('appointments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('cancelled_by_office', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('confirm_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('form_hash', sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column('email_hash', sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column('phone_hash', sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column('interpreter', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('interpreter_language', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('companion', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('access_needs', sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f('ix_appointments_email_hash'), ['email_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointments_phone_hash'), ['phone_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointments_status'), ['status', 'starts_at'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_appointments_form_hash'), ['form_hash'])

    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hold_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('length', sa.Integer(), nullable=False, server_default='0'))
        batch_op.alter_column('appointment_id',
               existing_type=sa.Integer(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_claims_hold_id'), ['hold_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_claims_hold_id_holds'), 'holds', ['hold_id'], ['id'], ondelete='CASCADE')
        batch_op.create_check_constraint(op.f('ck_claims_one_reason'), '(appointment_id IS NULL) <> (hold_id IS NULL)')

    op.execute(
        "UPDATE claims SET length = (SELECT count(*) FROM claims AS own"
        " WHERE own.appointment_id = claims.appointment_id)"
        " WHERE quantum = (SELECT min(own.quantum) FROM claims AS own"
        " WHERE own.appointment_id = claims.appointment_id)"
    )
    op.create_index(
        'ix_claims_stretch',
        'claims',
        ['counsellor_id', 'quantum', 'length', 'hold_id', 'appointment_id'],
        sqlite_where=sa.text('length > 0'),
        postgresql_where=sa.text('length > 0'),
    )

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('code_hash', sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column('invitation_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('waiting_entry_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('registration_id', sa.Integer(), nullable=True))
        batch_op.alter_column('appointment_id',
               existing_type=sa.Integer(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_links_invitation_id'), ['invitation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_links_registration_id'), ['registration_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_links_waiting_entry_id'), ['waiting_entry_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_links_code_hash'), ['code_hash'])
        batch_op.create_foreign_key(batch_op.f('fk_links_registration_id_registrations'), 'registrations', ['registration_id'], ['id'], ondelete='CASCADE')
        batch_op.create_foreign_key(batch_op.f('fk_links_waiting_entry_id_waiting_entries'), 'waiting_entries', ['waiting_entry_id'], ['id'], ondelete='CASCADE')
        batch_op.create_foreign_key(batch_op.f('fk_links_invitation_id_invitations'), 'invitations', ['invitation_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('offices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('holiday_region', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reminder_hours', sa.JSON(), nullable=False, server_default='[48, 2]'))
        batch_op.add_column(sa.Column('confirm_email', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('proof_of_work', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('max_open_bookings', sa.Integer(), nullable=False, server_default='3'))
        batch_op.add_column(sa.Column('registration_keep_days', sa.Integer(), nullable=False, server_default='90'))

    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('languages', sa.JSON(), nullable=False, server_default='["de"]'))
        batch_op.add_column(sa.Column('daily_maximum', sa.Integer(), nullable=True))

    with op.batch_alter_table('topics', schema=None) as batch_op:
        batch_op.add_column(sa.Column('after_registration', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('no_free_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f('ck_topics_duration'), 'duration_min > 0 AND duration_min % 5 = 0')
        batch_op.create_check_constraint(op.f('ck_topics_step'), 'step_min > 0 AND step_min % 5 = 0')
        batch_op.create_check_constraint(op.f('ck_topics_buffers'), 'buffer_before_min % 5 = 0 AND buffer_after_min % 5 = 0 AND buffer_before_min >= 0 AND buffer_after_min >= 0')

    with op.batch_alter_table('weekly_hours', schema=None) as batch_op:
        batch_op.add_column(sa.Column('channels', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('valid_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('valid_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('every_weeks', sa.Integer(), nullable=False, server_default='1'))
        batch_op.create_check_constraint(op.f('ck_weekly_hours_same_day'), 'starts < ends')
        batch_op.create_check_constraint(op.f('ck_weekly_hours_weekday'), 'weekday BETWEEN 0 AND 6')
        batch_op.create_check_constraint(op.f('ck_weekly_hours_counted'), 'every_weeks = 1 OR (every_weeks > 1 AND valid_from IS NOT NULL)')



def downgrade():
    op.execute("DELETE FROM claims WHERE appointment_id IS NULL")
    op.execute("DELETE FROM links WHERE appointment_id IS NULL")
    with op.batch_alter_table('weekly_hours', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_weekly_hours_same_day'), type_='check')
        batch_op.drop_constraint(op.f('ck_weekly_hours_weekday'), type_='check')
        batch_op.drop_constraint(op.f('ck_weekly_hours_counted'), type_='check')
        batch_op.drop_column('every_weeks')
        batch_op.drop_column('valid_until')
        batch_op.drop_column('valid_from')
        batch_op.drop_column('channels')

    with op.batch_alter_table('topics', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_topics_duration'), type_='check')
        batch_op.drop_constraint(op.f('ck_topics_step'), type_='check')
        batch_op.drop_constraint(op.f('ck_topics_buffers'), type_='check')
        batch_op.drop_column('no_free_since')
        batch_op.drop_column('after_registration')

    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_column('daily_maximum')
        batch_op.drop_column('languages')

    with op.batch_alter_table('offices', schema=None) as batch_op:
        batch_op.drop_column('registration_keep_days')
        batch_op.drop_column('max_open_bookings')
        batch_op.drop_column('proof_of_work')
        batch_op.drop_column('confirm_email')
        batch_op.drop_column('reminder_hours')
        batch_op.drop_column('holiday_region')

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_links_invitation_id_invitations'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_links_waiting_entry_id_waiting_entries'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_links_registration_id_registrations'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_links_code_hash'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_links_waiting_entry_id'))
        batch_op.drop_index(batch_op.f('ix_links_registration_id'))
        batch_op.drop_index(batch_op.f('ix_links_invitation_id'))
        batch_op.alter_column('appointment_id',
               existing_type=sa.Integer(),
               nullable=False)
        batch_op.drop_column('registration_id')
        batch_op.drop_column('waiting_entry_id')
        batch_op.drop_column('invitation_id')
        batch_op.drop_column('code_hash')

    op.drop_index('ix_claims_stretch', 'claims')
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_claims_one_reason'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_claims_hold_id_holds'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_claims_hold_id'))
        batch_op.alter_column('appointment_id',
               existing_type=sa.Integer(),
               nullable=False)
        batch_op.drop_column('length')
        batch_op.drop_column('hold_id')

    with op.batch_alter_table('appointments', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_appointments_form_hash'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_appointments_status'))
        batch_op.drop_index(batch_op.f('ix_appointments_phone_hash'))
        batch_op.drop_index(batch_op.f('ix_appointments_email_hash'))
        batch_op.drop_column('access_needs')
        batch_op.drop_column('companion')
        batch_op.drop_column('interpreter_language')
        batch_op.drop_column('interpreter')
        batch_op.drop_column('phone_hash')
        batch_op.drop_column('email_hash')
        batch_op.drop_column('form_hash')
        batch_op.drop_column('confirm_until')
        batch_op.drop_column('cancelled_by_office')
        batch_op.drop_column('cancelled_at')
        batch_op.drop_column('moved_at')

    op.create_table('outbox_mails',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('recipient', sa.LargeBinary(), nullable=False),
    sa.Column('subject', sa.LargeBinary(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('calendar', sa.LargeBinary(), nullable=True),
    sa.Column('calendar_method', sa.String(length=10), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gave_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(length=100), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_mails'))
    )
    with op.batch_alter_table('outbox_mails', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_mails_next_try_at'), ['next_try_at'], unique=False)

    op.execute(
        "INSERT INTO outbox_mails (%(kept)s) SELECT %(kept)s FROM outbox_messages "
        "WHERE kind = 'mail'" % {"kept": KEPT}
    )
    op.drop_table('waiting_offers')
    with op.batch_alter_table('outbox_messages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_messages_sent_at'))
        batch_op.drop_index(batch_op.f('ix_outbox_messages_office_id'))
        batch_op.drop_index(batch_op.f('ix_outbox_messages_next_try_at'))
        batch_op.drop_index(batch_op.f('ix_outbox_messages_invitation_id'))
        batch_op.drop_index(batch_op.f('ix_outbox_messages_appointment_id'))

    op.drop_table('outbox_messages')
    with op.batch_alter_table('waiting_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_waiting_entries_topic_id'))
        batch_op.drop_index(batch_op.f('ix_waiting_entries_contact_hash'))
        batch_op.drop_index(batch_op.f('ix_waiting_entries_appointment_id'))

    op.drop_table('waiting_entries')
    op.drop_table('reminders')
    with op.batch_alter_table('registrations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_registrations_office_id'))
        batch_op.drop_index(batch_op.f('ix_registrations_delete_after'))

    op.drop_table('registrations')
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitations_person_hash'))
        batch_op.drop_index(batch_op.f('ix_invitations_office_id'))
        batch_op.drop_index(batch_op.f('ix_invitations_expires_at'))

    op.drop_table('invitations')
    with op.batch_alter_table('busy_times', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_busy_times_counsellor_id'))
        batch_op.drop_index(batch_op.f('ix_busy_times_calendar_id'))

    op.drop_table('busy_times')
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_holds_visitor_hash'))
        batch_op.drop_index(batch_op.f('ix_holds_expires_at'))
        batch_op.drop_index(batch_op.f('ix_holds_address_hash'))

    op.drop_table('holds')
    with op.batch_alter_table('external_calendars', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_external_calendars_counsellor_id'))

    op.drop_table('external_calendars')
    with op.batch_alter_table('day_hours', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_day_hours_counsellor_id'))

    op.drop_table('day_hours')
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_absences_counsellor_id'))

    op.drop_table('absences')
    with op.batch_alter_table('served_postcodes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_served_postcodes_office_id'))
        batch_op.drop_index(batch_op.f('ix_served_postcodes_first'))

    op.drop_table('served_postcodes')
    with op.batch_alter_table('closing_days', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_closing_days_office_id'))

    op.drop_table('closing_days')
    with op.batch_alter_table('rate_counts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rate_counts_expires_at'))

    op.drop_table('rate_counts')
