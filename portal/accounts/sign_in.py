from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class CitizenAdapter(DefaultSocialAccountAdapter):
    pass
