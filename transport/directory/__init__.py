"""The people, what they may do, and the links that let them in: all SQL on these tables is here."""

from transport.directory.authority import OPERATOR, Actor
from transport.directory.bounds import Bounds
from transport.directory.campaigns import Campaign, CampaignOf, Campaigns
from transport.directory.connections import connection_pool
from transport.directory.growth import Growth
from transport.directory.invites import Invite, Invites, NewInvite
from transport.directory.people import People, Person, SignUp
from transport.directory.redeeming import Redeemed, Redeeming
from transport.directory.sign_ins import SignIns


class Directory(People, SignIns, Campaigns, Invites, Redeeming, Growth):
    """Each call is one transaction and may raise domain.store.StoreUnavailable."""


__all__ = [
    "OPERATOR",
    "Actor",
    "Bounds",
    "Campaign",
    "CampaignOf",
    "Directory",
    "Invite",
    "NewInvite",
    "Person",
    "Redeemed",
    "SignUp",
    "connection_pool",
]
