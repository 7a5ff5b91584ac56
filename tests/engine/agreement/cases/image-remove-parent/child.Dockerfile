FROM parent
RUN echo child > /c
